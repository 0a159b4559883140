import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import type { Sensitive } from '../sensitive.ts';

/** Where a message goes, with what the playbook only pointed at. */
export type Target =
  | { readonly kind: 'webhook'; readonly url: Sensitive; readonly secret: Sensitive }
  | { readonly kind: 'command'; readonly argv: readonly string[] };

/** `t=SECONDS,v1=HEX`: an HMAC-SHA256 over `SECONDS.BODY`; the time is signed, so that an old message can't be sent again later. */
export function signature(body: string, seconds: number, secret: Sensitive): string {
  const digest = createHmac('sha256', secret.reveal()).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${digest}`;
}

/** Sends one message. Answers why it did not arrive, in words without a secret; undefined when it did. Never rejects. */
export function send(target: Target, body: string, signal: AbortSignal): Promise<string | undefined> {
  return target.kind === 'webhook' ? post(target, body, signal) : run(target.argv, body, signal);
}

async function post(
  { url, secret }: Extract<Target, { kind: 'webhook' }>,
  body: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'sluice',
    'sluice-signature': signature(body, Math.floor(Date.now() / 1000), secret),
  };
  try {
    // Another address would get what was meant for this one.
    const response = await fetch(url.reveal(), { method: 'POST', headers, body, signal, redirect: 'manual' });
    await response.body?.cancel();
    return response.ok ? undefined : `the answer was ${response.status}`;
  } catch (error) {
    if (signal.aborted) return 'no answer in time';
    // The message of an error may quote the address.
    const { code } = (error as { readonly cause?: NodeJS.ErrnoException }).cause ?? {};
    return `no connection${code === undefined ? '' : ` (${code})`}`;
  }
}

/** In a process group of its own: a Ctrl-C is not for it, and what it started ends with it. */
function run(
  [program = '', ...words]: readonly string[],
  body: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    const stop = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has just ended.
      }
      resolve('it did not end in time');
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    child.once('error', (error: NodeJS.ErrnoException) => resolve(`it can't be run (${error.code})`));
    child.once('exit', (code, killedBy) => {
      signal.removeEventListener('abort', stop);
      resolve(code === 0 ? undefined : `it ended with ${code ?? killedBy}`);
    });
    // It need not read.
    child.stdin.on('error', () => undefined);
    child.stdin.end(body);
  });
}
