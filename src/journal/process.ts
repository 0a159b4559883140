import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ProcessRecord } from './model.ts';

/** This process, as a later one can tell whether it lives. */
export function thisProcess(): ProcessRecord {
  const started = statOf(process.pid)?.started;
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
  const stat = statOf(pid);
  // A killed process whose parent doesn't ask for it, as in a container without an init, keeps its number.
  if (stat?.state === 'Z' || stat?.state === 'X') return false;
  return started === undefined || stat?.started === started;
}

/** Its state, and when the kernel started it, in ticks since boot: fields 3 and 22 of /proc/PID/stat, see proc(5). */
function statOf(pid: number): { readonly state?: string; readonly started?: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in brackets, and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, started] = [fields[0], fields[19]];
    return {
      ...(state === undefined ? {} : { state }),
      ...(started === undefined ? {} : { started }),
    };
  } catch {
    return undefined;
  }
}
