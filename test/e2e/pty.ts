import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { Terminal } from '../cli/views/terminal.ts';
import type { Fleet } from './fleet.ts';

/** A sluice in a pseudo-terminal. */
export type TerminalRun = {
  /** Types on its keyboard. */
  type(keys: string): void;
  /** Waits until a text has been printed; rejects when the run ends without. */
  shows(text: string): Promise<void>;
  /** Pulls the plug: the line is gone, as when a window is closed. */
  hangUp(): void;
  /** Everything that it printed, as the terminal shows it at the end, and its exit code. */
  readonly ended: Promise<{ readonly code: number | null; readonly terminal: Terminal }>;
};

export type TerminalOptions = {
  readonly columns: number;
  readonly rows: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Leaves the terminal's echo on, for what must not be shown while it is typed. */
  readonly echoes?: boolean;
  /** A file for its exit code: who hangs up hears nothing any more. */
  readonly statusFile?: string;
};

/** Starts sluice at the controller in a pseudo-terminal of script(1), which every Debian has. */
export function inTerminal(
  fleet: Pick<Fleet, 'argv' | 'env' | 'folder'>,
  words: readonly string[],
  options: TerminalOptions,
): TerminalRun {
  const { columns, rows, env, cwd = fleet.folder, echoes = false, statusFile } = options;
  const command = fleet.argv(words).map(quote).join(' ');
  const start = statusFile === undefined ? `exec ${command}` : heard(command, statusFile);
  // As it is written, without the carriage returns that terminals get; and no echo of what is typed.
  const line = `stty cols ${columns} rows ${rows} -onlcr ${echoes ? '' : '-echo'}; ${start}`;
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn('script', ['-qec', line, '/dev/null'], {
    cwd,
    env: { ...fleet.env, TERM: 'xterm', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const ended = once(child, 'close').then(([code]) => {
    const terminal = new Terminal(columns, rows);
    terminal.write(printed);
    return { code, terminal };
  });
  child.stdin.on('error', () => undefined);
  return {
    type: (keys) => child.stdin.write(keys),
    hangUp: () => child.kill('SIGKILL'),
    shows: async (text) => {
      const isOver = ended.then(() => 'over');
      while (!printed.includes(text)) {
        if ((await Promise.race([once(child.stdout, 'data'), isOver])) === 'over') break;
      }
      if (!printed.includes(text)) throw new Error(`${text} was not shown: ${printed}`);
    },
    ended,
  };
}

/** Starts a command as a shell does: it passes a hang-up on, and outlives it. */
function heard(command: string, statusFile: string): string {
  const untilItEnds = 'while kill -0 $pid 2>/dev/null; do wait $pid; code=$?; done';
  return `${command} <&0 & pid=$!; trap "kill -HUP $pid" HUP; ${untilItEnds}; echo $code >${quote(statusFile)}`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
