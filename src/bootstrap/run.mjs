import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's own folder. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url)).slice(0, -1);

/** The path of a program that an npm package brought. */
export function program(name) {
  return join(ROOT, 'node_modules/.bin', name);
}

/** Says something on stderr, so that stdout stays the program's that runs afterwards. */
export function say(text) {
  process.stderr.write(`sluice: ${text}\n`);
}

/**
 * Runs a program with our own stdout and stderr and answers its exit code; killed by a signal, that is 128 plus the
 * signal's number, as in a shell. A signal that would end us ends it and all that it started, and its end is awaited.
 *
 * @param options `stdin`: text for the program instead of our own stdin; `env`: added to our own.
 */
export async function run(file, args, options) {
  const { code } = await supervise(file, args, options);
  return code;
}

/** As `run`, for a step on the way: where it was interrupted, what would follow is, too. */
export async function runStep(file, args, options) {
  const { code, endedBy } = await supervise(file, args, options);
  if (endedBy !== undefined) process.exit(128 + constants.signals[endedBy]);
  return code;
}

function supervise(file, args, { stdin, env } = {}) {
  return new Promise((resolve) => {
    const stdio = [stdin === undefined ? 'inherit' : 'pipe', 'inherit', 'inherit'];
    // At a terminal, a key reaches all programs at once. Elsewhere we do as the terminal does: signal a process group.
    const isOurs = !process.stdin.isTTY;
    let child;
    let endedBy;
    const pass = (signal) => {
      endedBy = signal;
      if (isOurs) killGroup(child.pid, signal);
      else if (signal !== 'SIGINT') child.kill(signal);
    };
    const settle = (code) => {
      for (const signal of PASSED) process.off(signal, pass);
      resolve({ code, endedBy });
    };
    // First: a signal that came as soon as the program ran would end us, and it would run on.
    for (const signal of PASSED) process.on(signal, pass);
    child = spawn(file, args, { cwd: ROOT, stdio, env: { ...process.env, ...env }, detached: isOurs });
    child.once('error', (error) => {
      say(`${file} can't be run: ${error.message}`);
      settle(127);
    });
    child.once('exit', (code, signal) => {
      // Some took the first signal for something else, or were being started just then.
      if (endedBy !== undefined && isOurs) killGroup(child.pid, 'SIGTERM');
      settle(code ?? 128 + constants.signals[signal]);
    });
    // A program that doesn't read its stdin to the end is none of our business.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(stdin);
  });
}

const PASSED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

function killGroup(leader, signal) {
  try {
    process.kill(-leader, signal);
  } catch {
    // It never started, or has ended.
  }
}
