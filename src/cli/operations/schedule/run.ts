import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { LockHolder } from '../../../journal/lock.ts';
import { thisProcess } from '../../../journal/process.ts';
import type { Schedule } from '../../../schedule/model.ts';
import { operatorName } from '../reach.ts';
import { lockSchedule } from './lock.ts';

/** Says in the environment of a run which schedule it belongs to; the journal keeps it. */
export const SCHEDULE_VARIABLE = 'SLUICE_SCHEDULE';

export type ScheduledRun = Pick<Schedule, 'name' | 'folder' | 'work' | 'delaySeconds'> & {
  /** Node, and sluice's own program. */
  readonly launcher: readonly [string, string];
  readonly env: NodeJS.ProcessEnv;
  /** 0 to 1. */
  readonly random: () => number;
  readonly now: () => Date;
};

export type ScheduledEnd =
  | { readonly kind: 'ran'; readonly exitCode: number }
  | { readonly kind: 'skipped'; readonly holder: LockHolder | undefined };

/**
 * Runs the work of a schedule, unless it is being run. The run has the lock's file open, too: should we be killed and it live on,
 * the lock does.
 */
export async function runScheduled(run: ScheduledRun): Promise<ScheduledEnd> {
  if (run.delaySeconds > 0) await delay(Math.round(run.random() * run.delaySeconds * 1000));
  const me = () => ({
    operator: operatorName(),
    process: thisProcess(),
    since: run.now().toISOString(),
    doing: `schedule ${run.name}`,
  });
  const lock = await lockSchedule(run.folder, run.name, me);
  if (lock.kind === 'held') return { kind: 'skipped', holder: lock.by };
  try {
    return { kind: 'ran', exitCode: await runToEnd(run, lock.file) };
  } finally {
    closeSync(lock.file);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** In a session of its own: each signal reaches the run once, through us, as to it a second one is another word than the first. */
function runToEnd({ launcher, name, folder, work, env }: ScheduledRun, lock: number): Promise<number> {
  const [node, program] = launcher;
  const child = spawn(node, [program, ...work], {
    cwd: folder,
    env: { ...env, [SCHEDULE_VARIABLE]: name },
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', lock],
  });
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, pass);
  return new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  }).finally(() => {
    for (const signal of SIGNALS) process.off(signal, pass);
  });
}
