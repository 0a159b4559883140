import { Findings } from '../inventory/findings.ts';
import type { Vars } from '../inventory/model.ts';
import { parseSecretVarsFile, parseVarsFile } from '../inventory/vars-file.ts';
import type { Problem } from '../problem.ts';

/** Variables from one `-e`, or what is wrong with it. */
export type ParsedVars = { readonly vars: Vars; readonly problems: readonly Problem[] };

/**
 * Parses the text of `-e` as Ansible does: a mapping in YAML or JSON when it begins with `{`, else `name=value` words, whose values
 * are always texts.
 */
export function parseExtraVars(text: string): ParsedVars {
  return text.trimStart().startsWith('{')
    ? parseExtraVarsFile({ text, isSecret: false }, '-e')
    : parseAssignments(text);
}

/** Parses the text of a file given with `-e @file`; secret where it was decrypted. */
export function parseExtraVarsFile(
  { text, isSecret }: { readonly text: string; readonly isSecret: boolean },
  file: string,
): ParsedVars {
  const findings = new Findings();
  const vars = (isSecret ? parseSecretVarsFile : parseVarsFile)(text, file, findings);
  return { vars, problems: findings.problems };
}

/** A word runs to the next blank outside of quotes; a quote that is never closed runs to the end. */
const WORDS = /(?:[^\s"']|"(?:\\.|[^"\\])*"|'[^']*'|["'].*$)+/g;

function parseAssignments(text: string): ParsedVars {
  const problems: Problem[] = [];
  const vars = new Map<string, string>();
  for (const word of text.match(WORDS) ?? []) {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? [];
    if (name !== undefined && value !== undefined && !/^["'](?!.*["']$)/s.test(value))
      vars.set(name, unquote(value));
    else
      problems.push({
        code: 'extra-vars',
        file: '-e',
        message: `"${word}" is not name=value`,
        remedy: 'Write -e name=value, -e @file.yml, or a mapping: -e \'{"name": 1}\'.',
      });
  }
  if (vars.size === 0 && problems.length === 0) {
    problems.push({
      code: 'extra-vars',
      file: '-e',
      message: '-e is empty',
      remedy: 'Write -e name=value, or leave -e out.',
    });
  }
  return { vars: Object.fromEntries(vars), problems };
}

function unquote(value: string): string {
  return value.replace(
    /"((?:\\.|[^"\\])*)"|'([^']*)'/gs,
    (_, double?: string, single?: string) => double?.replace(/\\(["\\])/g, '$1') ?? single ?? '',
  );
}
