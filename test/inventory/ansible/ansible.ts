import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Value, Vars } from '../../../src/inventory/model.ts';

/** What the installed Ansible is asked: to resolve a template, or to list an inventory. */
export type Question =
  | { readonly vars: Vars; readonly template: Value }
  | { readonly cwd: string; readonly sources: readonly string[] };

export type Answer = { readonly value: Value } | { readonly error: unknown } | { readonly list: Value };

const program = fileURLToPath(new URL('answer.py', import.meta.url));

/** Debian's Python has Ansible where another on the PATH may not. */
const python = ['/usr/bin/python3', 'python3'].find(
  (command) => spawnSync(command, ['-c', 'import ansible']).status === 0,
);

/** Why the tests that ask Ansible are left out, for the name that a skipped test is shown under; undefined where it is installed. */
export const withoutAnsible = python === undefined ? 'no Python here can import ansible' : undefined;

/** Asks all questions in one process: starting Ansible takes a second, an answer a few milliseconds. */
export function askAnsible(questions: readonly Question[]): readonly Answer[] {
  const { stdout, stderr, status } = spawnSync(python ?? '', [program], {
    input: questions.map((question) => JSON.stringify(question)).join('\n'),
    encoding: 'utf8',
    maxBuffer: 1024 * 1024 * 1024,
  });
  const answers = stdout.split('\n').filter((line) => line !== '');
  if (status !== 0 || answers.length !== questions.length)
    throw new Error(`Ansible did not answer: ${stderr}`);
  return answers.map((line): Answer => JSON.parse(line));
}

/** How many generated cases to ask: `SLUICE_FUZZ=20` asks twenty times as many. */
export const effort = Math.max(1, Number(process.env.SLUICE_FUZZ ?? 1));
