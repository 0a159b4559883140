import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { signalProgram } from './processes.ts';

/** How a program ended; killed by a signal, the code is 128 plus the signal's number, as in a shell. */
export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type RunOptions = {
  /** Written to the program's stdin; without it, stdin is empty. */
  readonly stdin?: string;
  /** Kills the program when aborted; what it printed is cut off. */
  readonly signal?: AbortSignal;
};

/** Runs a program on this machine and collects what it printed. Rejects only when it can't be started. */
export function runProgram(argv: readonly string[], { stdin, signal }: RunOptions = {}): Promise<Ended> {
  const [file = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const kill = () => {
      if (child.pid !== undefined) signalProgram(child.pid, 'SIGKILL');
      // What the program has started itself may hold these open for long.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    if (signal?.aborted) kill();
    signal?.addEventListener('abort', kill, { once: true });
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    // A program that doesn't read its stdin to the end is none of our business.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin ?? '');
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      signal?.removeEventListener('abort', kill);
      resolve({ code: exitCodeOf(code, killedBy), stdout: stdout(), stderr: stderr() });
    });
  });
}

/** A program's exit code as a shell shows it. */
export function exitCodeOf(code: number | null, killedBy: NodeJS.Signals | null): number {
  return code ?? 128 + (killedBy === null ? 0 : constants.signals[killedBy]);
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}
