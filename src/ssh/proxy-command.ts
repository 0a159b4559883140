import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { expandTokens } from './config/tokens.ts';
import type { Terms } from './terms.ts';
import { proxyTokens } from './way.ts';

/** How a ProxyCommand ended; `code` is null when it was killed. */
export type ProxyEnd = { readonly line: string; readonly code: number | null; readonly said: string };

const mostSaidBytes = 4096;
/** For its last words, once it is gone. */
const lastWordsMs = 500;

/**
 * The command with its tokens expanded; undefined where a name would mean something to the shell, as OpenSSH refuses
 * (ssh.c, valid_hostname and valid_ruser).
 */
export function proxyLine(command: string, terms: Terms, address: string): string | undefined {
  const tokens = proxyTokens(terms, address);
  const isSafe = isSafeHost(address) && isSafeHost(terms.name) && isSafeUser(terms.user);
  const expanded = expandTokens(command, tokens);
  return isSafe && expanded.kind === 'text' ? expanded.text : undefined;
}

function isSafeHost(host: string): boolean {
  return !host.startsWith('-') && !/['`"$\\;&<>|(){}\s\p{Cc}]/u.test(host);
}

function isSafeUser(user: string): boolean {
  return !user.startsWith('-') && !/['`";&<>|(){}\p{Cc}]|\s-|\\$|\$[({]/u.test(user);
}

/** Starts a command whose stdin and stdout are the connection; when that is destroyed, its process group is killed. */
export function startProxyCommand(line: string): { socket: Duplex; ended: () => Promise<ProxyEnd> } {
  // A group of its own: so it can be killed as one, and Ctrl-C at the terminal leaves it to us.
  const child = spawn('/bin/sh', ['-c', `exec ${line}`], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-mostSaidBytes);
  });
  const exited = once(child, 'exit').catch(() => undefined);
  const closed = once(child, 'close').catch(() => undefined);
  return {
    socket: new ProxySocket(child),
    async ended() {
      await exited;
      let timer: NodeJS.Timeout | undefined;
      // A grandchild may hold stderr open.
      const enough = new Promise((resolve) => {
        timer = setTimeout(resolve, lastWordsMs);
      });
      await Promise.race([closed, enough]);
      clearTimeout(timer);
      return { line, code: child.exitCode, said };
    },
  };
}

class ProxySocket extends Duplex {
  readonly #child: ChildProcessWithoutNullStreams;

  constructor(child: ChildProcessWithoutNullStreams) {
    super();
    this.#child = child;
    child.on('error', (error) => this.destroy(error));
    child.stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) child.stdout.pause();
    });
    child.stdout.on('end', () => this.push(null));
    child.stdout.on('error', () => this.push(null));
    // It reads no further: the end of its stdout tells.
    child.stdin.on('error', () => undefined);
    // Stays for the socket's whole life: a late error must never be unhandled.
    this.on('error', () => undefined);
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#child.stdin.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    killGroup(this.#child);
    done(error);
  }
}

function killGroup({ pid }: ChildProcessWithoutNullStreams): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
