import type { ClientChannel } from 'ssh2';
import type { RemoteResult } from '../remote.ts';
import type { Connection } from './connection.ts';

/** A program on the far side: stdin, the end, and its stdout by chunks. */
export type Program = {
  /** What is written before the channel is open waits; after the program's end it is dropped, as by a closed pipe. */
  write(text: string | Uint8Array): void;
  end(): void;
  /** Never rejects. `stdout` is left empty: it went to the taker. */
  readonly done: Promise<RemoteResult>;
};

/** Who hears what a program prints, as it comes; nothing once `done` has settled. stderr is collected in any case. */
export type Listeners = {
  readonly stdout: (chunk: Buffer) => void;
  readonly stderr?: (chunk: Buffer) => void;
};

type WithoutOutput<Result> = Result extends RemoteResult ? Omit<Result, 'stdout' | 'stderr'> : never;
type Ending = WithoutOutput<RemoteResult>;

/** A gateway that prints without end must not exhaust the controller. */
const mostOutputBytes = 256 * 1024 * 1024;

/**
 * Starts a command line on its own channel. The channel's window is the back-pressure on stdin: ssh2 sends what the far
 * side takes and keeps the rest.
 */
export function startProgram(
  connection: Connection,
  line: string,
  listeners: Listeners,
  signal?: AbortSignal,
): Program {
  const waiting: (string | Uint8Array)[] = [];
  const stderr: Buffer[] = [];
  let channel: ClientChannel | undefined;
  let isEnded = false;
  let isSettled = false;
  let outputBytes = 0;
  let exit: { readonly code: number | null; readonly signal: string | undefined } | undefined;
  let resolveDone: (result: RemoteResult) => void;
  const done = new Promise<RemoteResult>((resolve) => {
    resolveDone = resolve;
  });

  const settle = (ending: Ending) => {
    if (isSettled) return;
    isSettled = true;
    stopListening();
    signal?.removeEventListener('abort', onAbort);
    waiting.length = 0;
    resolveDone({ ...ending, stdout: '', stderr: Buffer.concat(stderr).toString('utf8') });
    if (ending.kind === 'lost') closeChannel();
  };
  const lose = (reason: string) => settle({ kind: 'lost', reason });
  const onAbort = () => lose('aborted');
  const stopListening = connection.onGone(lose);
  const closeChannel = () => {
    if (connection.goneBecause() === undefined) channel?.close();
  };
  const take = (chunk: Buffer, keep: (chunk: Buffer) => void) => {
    if (isSettled) return;
    outputBytes += chunk.length;
    if (outputBytes > mostOutputBytes) lose(`the program printed more than ${mostOutputBytes} bytes`);
    else keep(chunk);
  };

  const hearStderr = (chunk: Buffer) => {
    stderr.push(chunk);
    listeners.stderr?.(chunk);
  };

  const onOpen = (opened: ClientChannel) => {
    channel = opened;
    opened.on('error', (error: Error) => lose(`the channel failed: ${error.message}`));
    opened.stderr.on('error', (error: Error) => lose(`the channel failed: ${error.message}`));
    opened.on('data', (chunk: Buffer) => take(chunk, listeners.stdout));
    opened.stderr.on('data', (chunk: Buffer) => take(chunk, hearStderr));
    opened.on('exit', (code: number | null, name?: string) => {
      exit = { code, signal: name };
    });
    opened.on('close', () => {
      if (exit?.signal !== undefined) settle({ kind: 'signalled', signal: exit.signal });
      else if (exit !== undefined && exit.code !== null) settle({ kind: 'exited', code: exit.code });
      else lose('the channel was closed without an exit status');
    });
    if (isSettled) {
      closeChannel();
      return;
    }
    for (const text of waiting.splice(0)) opened.write(text);
    if (isEnded) opened.end();
  };

  const gone = connection.goneBecause();
  if (gone !== undefined) lose(gone);
  else if (signal?.aborted) lose('aborted');
  else {
    signal?.addEventListener('abort', onAbort);
    try {
      connection.client.exec(line, (error, opened) => {
        if (error) lose(`no channel for the program: ${error.message}`);
        else onOpen(opened);
      });
    } catch (error) {
      lose(`no channel for the program: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  return {
    done,
    write(text) {
      if (isSettled || isEnded) return;
      if (channel === undefined) waiting.push(text);
      // Between the far side's close and our notice of it, ssh2 has ended the stream already.
      else if (!channel.writableEnded) channel.write(text);
    },
    end() {
      if (isSettled || isEnded) return;
      isEnded = true;
      channel?.end();
    },
  };
}
