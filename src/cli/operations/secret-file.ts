import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** What a file of a secret holds, or what its program printed; or why there is nothing. */
export type SecretFile =
  | { readonly kind: 'file' | 'program'; readonly content: Buffer }
  | { readonly kind: 'failed'; readonly why: string };

/**
 * Reads a file that holds a secret, or runs it where it is executable, as Ansible does. What a program writes to stderr goes to
 * the terminal: it may ask there.
 *
 * @param args for the program
 */
export async function readSecretFile(file: string, args: readonly string[] = []): Promise<SecretFile> {
  const isProgram = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
  try {
    if (!isProgram) return { kind: 'file', content: await readFile(file) };
    const { stdout } = await promisify(execFile)(path.resolve(file), args, { encoding: 'buffer' });
    return { kind: 'program', content: stdout };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // The message of a program that failed may hold what it printed.
    return { kind: 'failed', why: isProgram ? `the program failed (${code})` : message };
  }
}
