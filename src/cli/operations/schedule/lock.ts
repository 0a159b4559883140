import { spawnSync } from 'node:child_process';
import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { makeFolder, writeNew } from '../../../journal/files.ts';
import { ProblemsError } from '../../../problem.ts';

/** Who holds the lock of a schedule: for whoever meets it. The lock itself is the kernel's. */
export type Holder = { readonly pid: number; readonly since: string };

export type Locked =
  | { readonly kind: 'held'; readonly by: Holder | undefined }
  /** The lock lasts as long as anybody has this file open: we, or a child that was given it. */
  | { readonly kind: 'taken'; readonly file: number };

/**
 * Takes the lock of a schedule, or says who has it. It is a flock(2) on a file that stays open: it ends with the last process that
 * holds the file, however that ends, so that neither kill -9 nor a reboot leaves anything behind. Node has no flock; flock(1) of
 * util-linux, or busybox, takes it on the file that it inherits from us.
 * @throws ProblemsError where there is no flock(1), or the folder can't be written
 */
export async function lockSchedule(folder: string, name: string, me: Holder): Promise<Locked> {
  const file = await openLock(folder, name);
  const { status, error } = spawnSync('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', file] });
  if (status === 0) {
    ftruncateSync(file);
    writeSync(file, `${JSON.stringify(me)}\n`, 0);
    return { kind: 'taken', file };
  }
  const by = holderIn(readFileSync(file, 'utf8'));
  closeSync(file);
  if (status === 1) return { kind: 'held', by };
  throw new ProblemsError([
    {
      code: 'schedule-lock',
      message: `the lock of schedule ${name} can't be taken: flock ${error === undefined ? `ended with ${status}` : `can't be run (${(error as NodeJS.ErrnoException).code})`}`,
      remedy: 'Install util-linux, which has flock, or see to the file system that the project is on.',
    },
  ]);
}

async function openLock(folder: string, name: string): Promise<number> {
  const own = path.join(folder, '.sluice');
  const file = path.join(own, 'schedules', `${name}.lock`);
  try {
    // Of two that make it, one finds it made.
    if (await makeFolder(own)) await writeNew(path.join(own, '.gitignore'), '*\n');
    await makeFolder(path.dirname(file));
    return openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  } catch (error) {
    throw new ProblemsError([
      {
        code: 'schedule-lock',
        file,
        message: `the lock of schedule ${name} can't be made: ${error instanceof Error ? error.message : String(error)}`,
        remedy:
          'The project must be there, and its folder .sluice be writable for whoever runs the schedule.',
      },
    ]);
  }
}

/** It may have just been taken, and not yet been written to. */
function holderIn(text: string): Holder | undefined {
  try {
    const { pid, since } = JSON.parse(text);
    return typeof pid === 'number' && typeof since === 'string' ? { pid, since } : undefined;
  } catch {
    return undefined;
  }
}
