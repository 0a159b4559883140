import { createInterface } from 'node:readline';
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
  process.stderr.write(prompt);
  try {
    return await new Promise<string>((resolve) => {
      lines.once('line', resolve);
      lines.once('close', () => resolve(''));
      // The terminal is raw: Ctrl-C arrives as a key. Nothing was begun yet.
      lines.once('SIGINT', () => {
        lines.close();
        process.exit(130);
      });
    });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
