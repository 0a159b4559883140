import Handlebars from 'handlebars';
import type { Problem } from '../problem.ts';
import type { Fault } from './fault.ts';
import { type PartialUse, partialsIn } from './partial.ts';
import { checkSyntax } from './template-syntax.ts';

/** A template, parsed once a run and rendered for every host and family. */
export type Template = {
  /** As the playbook names it. */
  readonly name: string;
  /** Where it was read from, for error messages. */
  readonly file: string;
  readonly program: hbs.AST.Program;
  /** The templates that it includes. */
  readonly partials: readonly PartialUse[];
  /** As it was read, comments and all. */
  readonly text: string;
};

/** By the name that the playbook uses, or a template that includes it. */
export type Templates = ReadonlyMap<string, Template>;

/**
 * Parses a template, and checks what can be checked without knowing a host: syntax, helpers and their number of arguments, and
 * that nothing is used which could put raw text into a rule. A byte order mark is taken off.
 *
 * @returns the template; or what is wrong, and the partials that it names all the same
 */
export function parseTemplate(
  name: string,
  file: string,
  text: string,
):
  | { readonly template: Template }
  | { readonly problems: readonly Problem[]; readonly partials: readonly PartialUse[] } {
  const plain = text.replace(/^\uFEFF/, '');
  const { program, faults } = parse(plain, plain.split('\n'));
  const partials = program === undefined ? [] : partialsIn(program);
  if (program !== undefined && faults.length === 0)
    return { template: { name, file, program, partials, text } };
  return { problems: faults.map((fault) => ({ ...fault, file })), partials };
}

/** A fragment names a template that was not read. */
export function missingTemplate(
  file: string,
  { template, line }: { readonly template: string; readonly line: number },
): Problem {
  const message = `there is no template "${template}"`;
  return { code: 'unknown-template', file, line, message, remedy: WHERE_TEMPLATES_ARE };
}

export const WHERE_TEMPLATES_ARE = 'Put it into the folder templates beside the playbook.';

/** Parses handlebars text that is no template, such as a string of a check; lines in faults count from its first line. */
export function parseProgram(
  text: string,
): { readonly program: hbs.AST.Program } | { readonly faults: readonly Fault[] } {
  const { program, faults } = parse(text, undefined);
  return program !== undefined && faults.length === 0 ? { program } : { faults };
}

/** @param lines of a template, which may have partials */
function parse(text: string, lines: readonly string[] | undefined) {
  try {
    const program = Handlebars.parse(text);
    return { program, faults: checkSyntax(program, lines) };
  } catch (error) {
    return { program: undefined, faults: [syntaxFault(error, text)] };
  }
}

/** Handlebars says `Parse error on line 2:` with a picture, or `if doesn't match each - 2:5`. */
function syntaxFault(error: unknown, text: string): Fault {
  const message = error instanceof Error ? error.message : String(error);
  const line = Number(
    /^Parse error on line (\d+)/.exec(message)?.[1] ?? / - (\d+):\d+$/.exec(message)?.[1] ?? 1,
  );
  const isUnclosed = /'OPEN_ENDBLOCK', got 'EOF'/.test(message);
  const mismatch = /^(\S+) doesn't match (\S+)/.exec(message);
  const said = (text.split('\n')[line - 1] ?? '').trim();
  const what = mismatch
    ? `{{/${mismatch[2]}}} closes {{#${mismatch[1]}}}`
    : isUnclosed
      ? 'the template ends inside a block'
      : `handlebars can't read "${said}"`;
  const remedy =
    mismatch || isUnclosed
      ? 'Close every {{#block}} with a {{/block}} of the same name, innermost first.'
      : 'Check the braces and quotes of the expression.';
  return { code: 'template-syntax', line, message: what, remedy };
}
