import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'vitest';
import { confirmTransaction, type Prepared } from '../../src/gateway/transaction.ts';
import type { DesiredRuleset, Family } from '../../src/ruleset/model.ts';
import { desiredRuleset as desired, desiredState } from './desired.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from './sandbox.ts';
import { begin as beginAny, filter, scripts } from './transactions.ts';

export async function gateway({ onTestFinished }: TestContext, options: SandboxOptions): Promise<Sandbox> {
  const sandbox = await createSandbox(options);
  onTestFinished(() => sandbox.dispose());
  return sandbox;
}

/** A filter table whose INPUT chain has these rules; the marks tell rule sets apart. */
export function marked(...marks: readonly string[]): string {
  return filter(
    ...marks.map((mark) => `-A INPUT -p tcp -m tcp --dport 22 -m comment --comment ${mark} -j ACCEPT`),
  );
}

export type Change = {
  readonly rulesets?: readonly DesiredRuleset[];
  readonly seconds?: number;
  readonly owner?: string;
};

/** Begins a change to rules of this token's own, unless told. */
export function begin(sandbox: Sandbox, token: string, change: Change = {}): Promise<Prepared> {
  const { rulesets = [desired(marked(token))], seconds = 60, owner = 'me@here' } = change;
  return beginAny(sandbox, token, desiredState(rulesets), { owner, confirmWithinSeconds: seconds });
}

/** Rules of this token's own, live and waiting for a confirm. */
export async function tryOut(sandbox: Sandbox, token: string, change?: Change): Promise<void> {
  const trial = await (await begin(sandbox, token, change)).go();
  if (trial.kind !== 'state' || trial.state !== 'applied') throw new Error(JSON.stringify(trial));
}

export async function keep(
  sandbox: Sandbox,
  token: string,
  rulesets?: readonly DesiredRuleset[],
): Promise<void> {
  await tryOut(sandbox, token, rulesets === undefined ? {} : { rulesets });
  const trial = await confirmTransaction(sandbox.connect(), scripts, token);
  if (trial.kind !== 'state' || trial.state !== 'confirmed') throw new Error(JSON.stringify(trial));
  // The state is final a moment before the lock is free.
  await sandbox.sh('while [ -e /var/lib/sluice/lock ]; do sleep 0.2; done');
}

/** Which marks the live rules of a family hold. */
export async function marksOf(sandbox: Sandbox, family: Family = 'ipv4'): Promise<readonly string[]> {
  const saved = await sandbox.sh(family === 'ipv4' ? 'iptables-save' : 'ip6tables-save');
  return [...saved.matchAll(/--comment (\S+)/g)].map(([, mark = '']) => mark);
}

/** A person at the console. */
export type Person = {
  /** Waits until a text has been printed; rejects when the command ends without. */
  shows(text: string): Promise<void>;
  type(keys: string): void;
  /** Ends its stdin, as a terminal that is lost does. */
  leave(): void;
  /** Sends a signal to the shell that runs the command. */
  signal(name: 'INT' | 'KILL'): Promise<string>;
  readonly ended: Promise<{ readonly code: number | null; readonly printed: string }>;
};

/** Types `sh /var/lib/sluice/sluice.sh …` on the console of a gateway. */
export function atConsole(sandbox: Sandbox, words: string, env: Record<string, string> = {}): Person {
  const [file = '', ...args] = [
    ...sandbox.prefix,
    ...['/bin/sh', '-c', `echo $$ >/run/console.pid; exec /bin/sh /var/lib/sluice/sluice.sh ${words} 2>&1`],
  ];
  const child = spawn(file, args, {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close').then(([code]) => ({ code, printed }));
  return {
    ended,
    shows: async (text) => {
      const isOver = ended.then(() => 'over');
      while (!printed.includes(text)) {
        if ((await Promise.race([once(child.stdout, 'data'), isOver])) === 'over') break;
      }
      if (!printed.includes(text)) throw new Error(`${text} was not shown: ${printed}`);
    },
    type: (keys) => child.stdin.write(keys),
    leave: () => child.stdin.end(),
    signal: (name) => sandbox.sh(`kill -${name} $(cat /run/console.pid)`),
  };
}
