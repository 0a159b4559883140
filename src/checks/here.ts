import { spawn } from 'node:child_process';
import { within } from './limit.ts';

/** How a program of this machine ended. */
export type Ended = {
  readonly kind: 'exited';
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
};

/** As much as is kept of what a program prints. */
const OUTPUT_BYTES = 1024 * 1024;

/**
 * Runs the program that a kind uses at far ends on this machine: what Node has nothing for. `args` come from `$2` on, as over a
 * connection. Killed with what it started when the time is over.
 */
export async function runHere(
  program: string,
  args: readonly string[],
  limitMs: number,
  cut: AbortSignal,
): Promise<Ended | 'timed out' | 'cut'> {
  return within(limitMs, cut, (signal) => run(program, args, signal));
}

function run(program: string, args: readonly string[], signal: AbortSignal): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', program, 'sluice', '', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        if (texts[name].length < OUTPUT_BYTES) texts[name] += text;
      });
    }
    signal.addEventListener('abort', () => kill(child.pid), { once: true });
    child.once('error', reject);
    child.once('close', (code) => resolve({ kind: 'exited', code: code ?? 137, ...texts }));
  });
}

function kill(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
