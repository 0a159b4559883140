import { appendFile, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The files of the operator's account: keys, known_hosts and ssh_config. */
export type Disk = {
  /** Rejects with the error of node:fs. */
  readFile(path: string): Promise<Buffer>;
  /** Appends in one write (O_APPEND), so that concurrent writers don't mix; a new file is private to the operator. */
  appendFile(path: string, text: string): Promise<void>;
  /** The names in a folder. */
  readFolder(path: string): Promise<readonly string[]>;
  /** Who may write to a file. */
  inspect(path: string): Promise<{ readonly uid: number; readonly mode: number }>;
};

export const localDisk: Disk = {
  readFile: (path) => readFile(path),
  async appendFile(path, text) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await appendFile(path, text, { mode: 0o600 });
  },
  readFolder: (path) => readdir(path),
  inspect: (path) => stat(path),
};

/** The code of a system error (`ENOENT`), or its text. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
