import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Lab } from './lab.ts';
import { isInForeground, signalProgram } from './processes.ts';
import { exitCodeOf } from './program.ts';

/**
 * Runs a command in a place with our own stdin, stdout and stderr, terminal included, and answers its exit code.
 * Signals that we get are passed on; `SLUICE_INVENTORY` names the lab's inventory, and
 * `SLUICE_LAB` the lab.
 */
export async function runInside(lab: Lab, place: string, argv: readonly string[]): Promise<number> {
  const [file = '', ...args] = lab.command(place, argv);
  const env = { ...process.env, SLUICE_INVENTORY: lab.inventoryFile, SLUICE_LAB: lab.id };
  const child = spawn(file, args, { stdio: 'inherit', env });
  const forward = (signal: NodeJS.Signals) => {
    // What a key at the terminal sends has reached the command already.
    if (FROM_KEYS.includes(signal) && isInForeground()) return;
    if (child.pid !== undefined) signalProgram(child.pid, signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  try {
    const [code, killedBy] = await once(child, 'exit');
    return exitCodeOf(code, killedBy);
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
  }
}

const FROM_KEYS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const FORWARDED: readonly NodeJS.Signals[] = [...FROM_KEYS, 'SIGTERM', 'SIGHUP', 'SIGUSR2'];
