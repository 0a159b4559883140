import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Makes a folder for its owner alone, whatever the umask; answers false when it was there. */
export async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  await chmod(path, 0o700);
  return true;
}

/** Writes a file that must not exist yet, for its owner alone, whatever the umask. */
export async function writeNew(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(content);
  } finally {
    await file.close();
  }
}

/** Puts a file in place whole: a reader finds the old text, or the new one. `unique` tells concurrent writers apart; no `pathPart` looks like the temporary name. */
export async function replaceFile(path: string, content: string | Uint8Array, unique: string): Promise<void> {
  const temporary = join(dirname(path), `~${unique}`);
  try {
    await writeNew(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Puts a file in place whole, unless there is one: of several that do so at once exactly one is answered true. */
export async function claimFile(path: string, content: string): Promise<boolean> {
  const temporary = join(dirname(path), `~${randomBytes(8).toString('hex')}`);
  try {
    await writeNew(temporary, content);
    await link(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}
