import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';

/** What a file of a secret holds, or what its program printed; or why there is nothing. */
export type SecretFile =
  | { readonly kind: 'file' | 'program'; readonly content: Buffer }
  | { readonly kind: 'failed'; readonly why: string };

/**
 * Reads a file that holds a secret, or runs it where it is executable, as Ansible does: with our terminal, as it may ask there.
 *
 * @param args for the program
 */
export async function readSecretFile(file: string, args: readonly string[] = []): Promise<SecretFile> {
  const isProgram = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
  try {
    return isProgram ? await run(path.resolve(file), args) : { kind: 'file', content: await readFile(file) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { kind: 'failed', why: isProgram ? `the program can't be run (${code})` : message };
  }
}

async function run(file: string, args: readonly string[]): Promise<SecretFile> {
  const program = spawn(file, args, { stdio: ['inherit', 'pipe', 'inherit'] });
  const [content, [code, signal]] = await Promise.all([buffer(program.stdout), once(program, 'close')]);
  return code === 0
    ? { kind: 'program', content }
    : { kind: 'failed', why: `the program failed (${code ?? signal})` };
}
