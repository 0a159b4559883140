import type { Problem } from './problem.ts';

/**
 * A gateway (or a vantage host) at the far end of one connection.
 *
 * What happens to a host is returned, not thrown: a connection that dies while a program runs is a result of kind
 * `lost`. Only misuse throws.
 */
export interface Remote {
  /** Runs a program to its end and collects what it printed. */
  run(command: RemoteCommand, signal?: AbortSignal): Promise<RemoteResult>;
  /** Starts a program and talks with it over its stdin and stdout. */
  open(command: RemoteCommand, signal?: AbortSignal): Conversation;
  /** Dials the same host again: always a new TCP connection with its own handshake, never a multiplexed channel. */
  fresh(options?: FreshOptions, signal?: AbortSignal): Promise<Dialled>;
  /** Closes the connection; programs that run detached go on. Safe to call twice. */
  close(): void;
}

export type FreshOptions = {
  /** Another address of the same host; the host key must still match the one known under its first name. */
  readonly address?: string;
  readonly timeoutMs?: number;
};

/** The outcome of dialling a host. `unreachable` also covers refused host keys, credentials and time-outs. */
export type Dialled =
  | { readonly kind: 'connected'; readonly remote: Remote }
  | { readonly kind: 'unreachable'; readonly problem: Problem };

export type RemoteCommand = {
  /**
   * POSIX sh text. It runs under `/bin/sh -c` with `$0` = `sluice`, `$1` = the connection's SSH_CONNECTION as the far
   * end sees it (sudo drops the variable), and `args` from `$2` on. Never holds a secret: it is visible in process lists.
   */
  readonly program: string;
  readonly args?: readonly string[];
  /** Written to the program's stdin, which is then closed (`run`); `open` leaves stdin open unless `end()` is called. */
  readonly stdin?: string | Uint8Array;
  /** Run as root (sudo, unless the login already is root) when the host's inventory or the flags say become. */
  readonly become?: boolean;
  /**
   * How the same is asked of a host where the program is installed, and where the login may run nothing else as root
   * (`sluice_helper`). A command to become root without it runs there as the login itself.
   */
  readonly installed?: InstalledProgram;
};

export type InstalledProgram = {
  /** Names the program's version; an installed one of another version refuses. Hexadecimal. */
  readonly version: string;
  /** In place of the command's `stdin`: without the program. */
  readonly stdin: string | Uint8Array;
};

export type RemoteResult =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** Killed by a signal on the far side. */
  | { readonly kind: 'signalled'; readonly signal: string; readonly stdout: string; readonly stderr: string }
  /** The connection died, timed out or was aborted: what became of the program is not known. */
  | { readonly kind: 'lost'; readonly reason: string; readonly stdout: string; readonly stderr: string };

/** A program that is running on the far side. */
export interface Conversation {
  write(text: string | Uint8Array): void;
  /** Closes the program's stdin. */
  end(): void;
  /** The program's stdout as it arrives; ends when the program or the connection does. Read it once. */
  readonly output: AsyncIterable<Uint8Array>;
  /** Settles when the program ends or the connection is lost; its `stdout` is empty (it went through `output`). */
  readonly done: Promise<RemoteResult>;
}
