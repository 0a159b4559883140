import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/*
 * The small files of the project's own folder. Written while one waits: a fleet has thousands of them, and node's pool of
 * threads takes ten times the CPU that the few system calls of each need.
 */

/** Makes a folder for its owner alone, whatever the umask; answers false when it was there. */
export function makeFolder(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  chmodSync(path, 0o700);
  return true;
}

/** Writes a file that must not exist yet, for its owner alone, whatever the umask. */
export function writeNew(path: string, content: string | Uint8Array): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    fchmodSync(file, 0o600);
    writeFileSync(file, content);
  } finally {
    closeSync(file);
  }
}

/** What these files and folders hold outlives the machine once this returns. */
export function forceToDisk(paths: readonly string[]): void {
  for (const path of paths) {
    const file = openSync(path, 'r');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }
}

/** Puts a file in place whole: a reader finds the old text, or the new one. No `pathPart` looks like the temporary name. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const temporary = temporaryBeside(path);
  try {
    writeNew(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Gives a file one more name: of equal texts, which many gateways have, one is written. Answers false where that can't be: the name is taken, the file
 * is gone, or the file system has no hard links.
 */
export function linkFile(file: string, path: string): boolean {
  try {
    linkSync(file, path);
    return true;
  } catch {
    return false;
  }
}

/** Puts a file in place whole, unless there is one: of several that do so at once exactly one is answered true. */
export function claimFile(path: string, content: string): boolean {
  const temporary = temporaryBeside(path);
  try {
    writeNew(temporary, content);
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

const writer = randomBytes(8).toString('hex');
let temporaries = 0;

/** Of its own for every writer: one that was killed may have left its file. */
function temporaryBeside(path: string): string {
  temporaries += 1;
  return join(dirname(path), `~${writer}-${temporaries}`);
}
