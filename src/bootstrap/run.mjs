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
  process.stderr.write(`${text.replace(/^/gm, 'sluice: ')}\n`);
}

/**
 * Runs a program with our own stdout and stderr and answers its exit code; killed by a signal, that is 128 plus the
 * signal's number, as in a shell. It doesn't outlive a signal that ends us: that is passed on, and its end awaited.
 *
 * @param options `stdin`: text for the program instead of our own stdin; `env`: added to our own.
 */
export function run(file, args, { stdin, env } = {}) {
  return new Promise((resolve) => {
    const stdio = [stdin === undefined ? 'inherit' : 'pipe', 'inherit', 'inherit'];
    const child = spawn(file, args, { cwd: ROOT, stdio, env: { ...process.env, ...env } });
    const pass = (signal) => {
      // A key at the terminal has reached the program already, and a second Ctrl-C means another thing than the first.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    const settle = (code) => {
      for (const signal of PASSED) process.off(signal, pass);
      resolve(code);
    };
    for (const signal of PASSED) process.on(signal, pass);
    child.once('error', (error) => {
      say(`${file} can't be run: ${error.message}`);
      settle(127);
    });
    child.once('exit', (code, signal) => settle(code ?? 128 + constants.signals[signal]));
    // A program that doesn't read its stdin to the end is none of our business.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(stdin);
  });
}

const PASSED = ['SIGINT', 'SIGTERM', 'SIGHUP'];
