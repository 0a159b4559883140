import { closeSync, constants, openSync, readSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';

/** Says whether there is somebody to ask. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Asks on the terminal, without an echo; on stderr, as stdout may be read by a program. Only where `hasTerminal`. */
export async function askOnTerminal(prompt: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // It switches the terminal's own echo off before it asks.
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  try {
    return (await readLine(lines, prompt)) ?? '';
  } finally {
    process.stderr.write('\n');
  }
}

/** Asks on the terminal for the word yes; the terminal shows what is typed. Only where `hasTerminal`. */
export async function confirmOnTerminal(question: string): Promise<boolean> {
  forgetTypedAhead();
  const lines = createInterface({ input: process.stdin, terminal: false });
  const answer = await readLine(lines, `${question} [yes/no] `);
  if (answer === undefined) process.stderr.write('\n');
  return answer?.trim() === 'yes';
}

/** Drops the lines that were typed before a question is shown: they are no answer to it, as to Ansible's pause. */
export function forgetTypedAhead(): void {
  // Opened anew: a terminal is shared with the shell, and so would be that it doesn't block.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
  const terminal = openFirst(['/proc/self/fd/0', '/dev/tty'], flags);
  if (terminal === undefined) return;
  const line = Buffer.alloc(4_096);
  try {
    // One that was hung up is at its end for ever.
    for (let lines = 0; lines < 1_000; lines++) readSync(terminal, line);
  } catch {
    // EAGAIN: nothing is left.
  } finally {
    closeSync(terminal);
  }
}

function openFirst(paths: readonly string[], flags: number): number | undefined {
  for (const path of paths) {
    try {
      return openSync(path, flags);
    } catch {
      // Linux has the first; what su left of a terminal is no more to be opened so.
    }
  }
  return undefined;
}

/** Nothing where the input ended (Ctrl-D). */
async function readLine(lines: Interface, prompt: string): Promise<string | undefined> {
  process.stderr.write(prompt);
  // In a raw terminal Ctrl-C arrives as a key, else as a signal. Nothing was begun yet.
  const leave = () => {
    lines.close();
    process.stderr.write('\n');
    process.exit(130);
  };
  process.once('SIGINT', leave);
  try {
    return await new Promise<string | undefined>((resolve) => {
      lines.once('line', resolve);
      lines.once('close', () => resolve(undefined));
      lines.once('SIGINT', leave);
    });
  } finally {
    process.off('SIGINT', leave);
    lines.close();
  }
}
