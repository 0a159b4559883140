import path from 'node:path';
import { type Locked, type LockHolder, takeLock } from '../../../journal/lock.ts';
import { ProblemsError } from '../../../problem.ts';

/**
 * Takes the lock of a schedule, or says who has it.
 * @throws ProblemsError where there is no flock(1), or the folder can't be written
 */
export async function lockSchedule(
  folder: string,
  name: string,
  me: () => LockHolder,
): Promise<Exclude<Locked, { kind: 'impossible' }>> {
  const file = path.join(folder, '.sluice', 'schedules', `${name}.lock`);
  const locked = await takeLock(file, me).catch((error: unknown) => {
    throw new ProblemsError([
      {
        code: 'schedule-lock',
        file,
        message: `the lock of schedule ${name} can't be made: ${error instanceof Error ? error.message : String(error)}`,
        remedy:
          'The project must be there, and its folder .sluice be writable for whoever runs the schedule.',
      },
    ]);
  });
  if (locked.kind !== 'impossible') return locked;
  throw new ProblemsError([
    {
      code: 'schedule-lock',
      message: `the lock of schedule ${name} can't be taken: ${locked.why}`,
      remedy: 'Install util-linux, which has flock, or see to the file system that the project is on.',
    },
  ]);
}
