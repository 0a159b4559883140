import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ProcessRecord } from './model.ts';

/** This process, as a later one can tell whether it lives. */
export function thisProcess(): ProcessRecord {
  const started = startOf(process.pid);
  return { host: hostname(), pid: process.pid, ...(started === undefined ? {} : { started }) };
}

/** Whether that process lives; undefined where nobody here can know. */
export function isAlive({ host, pid, started }: ProcessRecord): boolean | undefined {
  if (host !== hostname()) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Not ours to signal, but there.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return started === undefined || startOf(pid) === started;
}

/** When the kernel started it, in ticks since boot: field 22 of /proc/PID/stat, see proc(5). */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in brackets, and may hold anything.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
