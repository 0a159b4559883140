import { spawn } from 'node:child_process';
import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { makeFolder, writeNew } from './files.ts';
import type { ProcessRecord } from './model.ts';

/** Who holds a lock: for whoever meets it. The lock itself is the kernel's. */
export type LockHolder = {
  /** user@host */
  readonly operator: string;
  readonly process: ProcessRecord;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** In words: `apply edge.yml`. */
  readonly doing: string;
  /** Its name, once it has one. */
  readonly run?: string;
};

export type Locked =
  | { readonly kind: 'held'; readonly by: LockHolder | undefined }
  /** The lock lasts as long as anybody has this file open: we, or a child that was given it. */
  | { readonly kind: 'taken'; readonly file: number }
  /** No flock(1), or a file system that has no locks. */
  | { readonly kind: 'impossible'; readonly why: string };

/**
 * Takes a lock, or says who has it. It is a flock(2) on a file that stays open: it ends with the last process that holds the file,
 * however that ends, so that neither kill -9 nor a reboot leaves anything behind; one that is suspended holds it. Node has no flock;
 * flock(1) of util-linux, or busybox, takes it on the file that it inherits from us.
 *
 * @param file in a folder of the journal's folder; both are made if need be
 * @param me asked once it is ours
 * @param waitMs the kernel wakes us when it is free
 * @throws what the file system says, where the file can't be made
 */
export async function takeLock(file: string, me: () => LockHolder, waitMs = 0): Promise<Locked> {
  const open = openLock(file);
  const ended =
    waitMs > 0
      ? await flock(open, [], waitMs).then((end) => end ?? flock(open, ['-n']))
      : await flock(open, ['-n']);
  if (ended === 0) {
    noteHolder(open, me());
    return { kind: 'taken', file: open };
  }
  const by = holderOf(file);
  closeSync(open);
  return ended === 1 ? { kind: 'held', by } : { kind: 'impossible', why: String(ended) };
}

/** Writes who holds a lock that was taken, with what is known by now. */
export function noteHolder(file: number, me: LockHolder): void {
  const line = Buffer.from(`${JSON.stringify(me)}\n`);
  writeSync(file, line, 0, line.length, 0);
  ftruncateSync(file, line.length);
}

/** Who wrote into a lock's file last: it holds the lock only if that can't be taken. */
export function holderOf(file: string): LockHolder | undefined {
  try {
    // It may have just been taken, and not yet been written to.
    const { operator, process, since, doing, run } = JSON.parse(
      readFileSync(file, 'utf8').split('\n')[0] ?? '',
    );
    const isWhole = [operator, since, doing, process?.host].every((word) => typeof word === 'string');
    if (!isWhole || typeof process.pid !== 'number') return undefined;
    return { operator, process, since, doing, ...(typeof run === 'string' ? { run } : {}) };
  } catch {
    return undefined;
  }
}

function openLock(file: string): number {
  const folder = path.dirname(file);
  const own = path.dirname(folder);
  // Of two that make it, one finds it made.
  if (makeFolder(own)) writeNew(path.join(own, '.gitignore'), '*\n');
  makeFolder(folder);
  return openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
}

/** Its exit code, or why it could not be run; undefined where the time was up. */
function flock(
  file: number,
  words: readonly string[],
  timeoutMs?: number,
): Promise<number | string | undefined> {
  return new Promise((resolve) => {
    const child = spawn('flock', [...words, '3'], { stdio: ['ignore', 'ignore', 'ignore', file] });
    let isLate = false;
    const late = () => {
      isLate = true;
      child.kill('SIGKILL');
    };
    const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs);
    child.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      resolve(`flock can't be run (${error.code})`);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (isLate) resolve(undefined);
      else resolve(code === 0 || code === 1 ? code : `flock ended with ${code ?? signal}`);
    });
  });
}
