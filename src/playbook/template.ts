import Handlebars from 'handlebars';
import type { Problem } from '../problem.ts';
import type { Fault } from './fault.ts';
import { checkSyntax } from './template-syntax.ts';

/** A template, parsed once a run and rendered for every host and family. */
export type Template = {
  /** As the playbook names it. */
  readonly name: string;
  /** Where it was read from, for error messages. */
  readonly file: string;
  readonly program: hbs.AST.Program;
  /** As it was read, comments and all. */
  readonly text: string;
};

/** By the name that the playbook uses. */
export type Templates = ReadonlyMap<string, Template>;

/**
 * Parses a template, and checks what can be checked without knowing a host: syntax, helpers and their number of arguments, and
 * that nothing is used which could put raw text into a rule. A byte order mark is taken off.
 */
export function parseTemplate(
  name: string,
  file: string,
  text: string,
): { readonly template: Template } | { readonly problems: readonly Problem[] } {
  const parsed = parseProgram(text.replace(/^\uFEFF/, ''));
  if ('program' in parsed) return { template: { name, file, program: parsed.program, text } };
  return { problems: parsed.faults.map((fault) => ({ ...fault, file })) };
}

/** A fragment names a template that was not read. */
export function missingTemplate(
  file: string,
  { template, line }: { readonly template: string; readonly line: number },
): Problem {
  const remedy = 'Put it into the folder templates beside the playbook.';
  return { code: 'unknown-template', file, line, message: `there is no template "${template}"`, remedy };
}

/** Parses handlebars text of any kind; lines in faults count from the text's first line. */
export function parseProgram(
  text: string,
): { readonly program: hbs.AST.Program } | { readonly faults: readonly Fault[] } {
  let program: hbs.AST.Program;
  try {
    program = Handlebars.parse(text);
  } catch (error) {
    return { faults: [syntaxFault(error, text)] };
  }
  const faults = checkSyntax(program);
  return faults.length === 0 ? { program } : { faults };
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
