import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { ProblemsError } from '../../problem.ts';
import { Sensitive } from '../../sensitive.ts';
import { secretFault } from '../../ssh/variables.ts';

/** Where sudo's password comes from: `-K`, or `--become-password-file`. */
export type PasswordSource =
  | { readonly kind: 'terminal' }
  /** As in Ansible: `-` is stdin, and a file that is executable is run. */
  | { readonly kind: 'file'; readonly file: string };

/**
 * Reads the password, once a run.
 * @throws ProblemsError when there is no terminal, no such file, or no password in it
 */
export async function readBecomePassword(source: PasswordSource): Promise<Sensitive> {
  const where = source.kind === 'terminal' ? 'what was typed' : source.file;
  const password =
    source.kind === 'terminal' ? await askOnTerminal() : (await readSecretFile(source.file)).trim();
  const fault = password === '' ? 'is empty' : secretFault(password);
  if (fault !== undefined) throw problem('become-password', `the password (${where}) ${fault}`, 'Run again.');
  return new Sensitive(password);
}

/** Without an echo; on stderr, as stdout may be read by a program. */
async function askOnTerminal(): Promise<string> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw problem(
      'no-terminal',
      "-K asks for sudo's password on a terminal, and there is none",
      'Use --become-password-file FILE, or set ansible_become_password in the inventory.',
    );
  }
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // It switches the terminal's own echo off before it asks.
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  process.stderr.write('BECOME password: ');
  try {
    return await new Promise<string>((resolve) => {
      lines.once('line', resolve);
      lines.once('close', () => resolve(''));
      // The terminal is raw: Ctrl-C arrives as a key. Nothing was begun yet.
      lines.once('SIGINT', () => {
        lines.close();
        process.exit(130);
      });
    });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}

async function readSecretFile(file: string): Promise<string> {
  if (file === '-') return textOf(process.stdin);
  const isProgram = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
  try {
    if (!isProgram) return await readFile(file, 'utf8');
    return (await promisify(execFile)(path.resolve(file), { encoding: 'utf8' })).stdout;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // The message of a program that failed may hold what it printed.
    const why = isProgram ? `the program failed (${code})` : message;
    throw problem(
      'become-password-file',
      `can't read the password from ${file}: ${why}`,
      'Name a file that holds the password, or a program that prints it, after --become-password-file.',
    );
  }
}

function problem(code: string, message: string, remedy: string): ProblemsError {
  return new ProblemsError([{ code, message, remedy }]);
}
