import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type {
  Conversation,
  Dialled,
  FreshOptions,
  Remote,
  RemoteCommand,
  RemoteResult,
} from '../src/remote.ts';

export type LocalRemoteOptions = {
  /** Put before /bin/sh: `['ip', 'netns', 'exec', 'gw']`, `['nsenter', …]`, `['busybox', 'env']`. */
  readonly prefix?: readonly string[];
  /** Replaces the whole environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** Addresses for `$1` of every program, the far end's SSH_CONNECTION; 127.0.0.1 unless told. */
  readonly client?: string;
  /** The client's port; one of its own for each connection unless told. */
  readonly port?: number;
  readonly server?: string;
  /**
   * What becomes of programs when the connection is lost. `kill` leaves nothing behind but what made itself a session of
   * its own (setsid); `leave` is what sshd does without a terminal: the program runs on, with its pipes closed.
   */
  readonly orphans?: 'kill' | 'leave';
};

/** Each connection has a client port of its own, so that programs can tell a new connection from an old one. */
let nextPort = 40_000;

/** A `Remote` whose far end is this machine, or a namespace of it: the real /bin/sh, without a network in between. */
export class LocalRemote implements Remote {
  readonly #options: LocalRemoteOptions;
  readonly #connection: string;
  readonly #lose = new Set<(reason: string) => void>();
  #isClosed = false;

  constructor(options: LocalRemoteOptions = {}) {
    this.#options = options;
    this.#connection = `${options.client ?? '127.0.0.1'} ${options.port ?? nextPort++} ${options.server ?? '127.0.0.1'} 22`;
  }

  async run(command: RemoteCommand, signal?: AbortSignal): Promise<RemoteResult> {
    const conversation = this.open(command, signal);
    conversation.end();
    const chunks: Uint8Array[] = [];
    for await (const chunk of conversation.output) chunks.push(chunk);
    return { ...(await conversation.done), stdout: Buffer.concat(chunks).toString('utf8') };
  }

  open(command: RemoteCommand, signal?: AbortSignal): Conversation {
    if (this.#isClosed) return lostFromTheStart('the connection is closed');
    if (signal?.aborted) return lostFromTheStart('aborted');
    const [file = '/bin/sh', ...argv] = [
      ...(this.#options.prefix ?? []),
      ...['/bin/sh', '-c', command.program, 'sluice', this.#connection, ...(command.args ?? [])],
    ];
    const child = spawn(file, argv, { env: this.#options.env ?? process.env, detached: true, stdio: 'pipe' });
    // A program that does not read its stdin is no failure.
    child.stdin.on('error', () => {});
    if (command.stdin !== undefined) child.stdin.write(command.stdin);
    return {
      write: (text) => void child.stdin.write(text),
      end: () => void child.stdin.end(),
      output: outputOf(child),
      done: this.#resultOf(child, signal),
    };
  }

  async fresh(options: FreshOptions = {}, signal?: AbortSignal): Promise<Dialled> {
    if (signal?.aborted) {
      const problem = { code: 'unreachable', message: 'Dialling was aborted.', remedy: 'Try again.' };
      return { kind: 'unreachable', problem };
    }
    const server = options.address === undefined ? {} : { server: options.address };
    return { kind: 'connected', remote: new LocalRemote({ ...this.#options, ...server }) };
  }

  close(): void {
    this.#isClosed = true;
    for (const lose of [...this.#lose]) lose('the connection was closed');
  }

  #resultOf(child: ChildProcessWithoutNullStreams, signal: AbortSignal | undefined): Promise<RemoteResult> {
    return new Promise((resolve) => {
      const stderr: Buffer[] = [];
      child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
      const settle = (
        end:
          | { kind: 'exited'; code: number }
          | { kind: 'signalled'; signal: string }
          | { kind: 'lost'; reason: string },
      ) => {
        this.#lose.delete(lose);
        signal?.removeEventListener('abort', onAbort);
        resolve({ ...end, stdout: '', stderr: Buffer.concat(stderr).toString('utf8') });
      };
      const lose = (reason: string) => {
        settle({ kind: 'lost', reason });
        abandon(child, this.#options.orphans ?? 'kill');
      };
      const onAbort = () => lose('aborted');
      this.#lose.add(lose);
      signal?.addEventListener('abort', onAbort, { once: true });
      child.once('error', (error) => settle({ kind: 'lost', reason: error.message }));
      // Not `close`: that would wait for somebody to read the output.
      child.once('exit', (code, by) => {
        const end =
          by === null
            ? ({ kind: 'exited', code: code ?? 0 } as const)
            : ({ kind: 'signalled', signal: by } as const);
        if (child.stderr.closed) settle(end);
        else child.stderr.once('close', () => settle(end));
      });
    });
  }
}

/** Reading is what makes more come: a program that prints faster than it is read waits in its write. */
async function* outputOf(child: ChildProcessWithoutNullStreams): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of child.stdout) yield chunk;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

function abandon(child: ChildProcessWithoutNullStreams, orphans: 'kill' | 'leave'): void {
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  if (orphans === 'leave' || child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Its process group is gone already.
  }
}

function lostFromTheStart(reason: string): Conversation {
  return {
    write: () => {},
    end: () => {},
    output: (async function* () {})(),
    done: Promise.resolve({ kind: 'lost', reason, stdout: '', stderr: '' }),
  };
}
