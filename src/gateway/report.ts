import type { Remote } from '../remote.ts';
import { type Answer, firstValue } from './answers.ts';
import { ask, type NoAnswer, type Refusal, type Refused } from './asking.ts';
import { purge, report, unlock } from './commands.ts';
import type { GatewayScripts } from './program.ts';

/** Whether a process lives; undefined where it never came up. */
export type Life = 'alive' | 'dead';

/**
 * What must still be done with a transaction, as nobody lives on the gateway who does it. `takeover`: roll back, or finish
 * a confirm; `later`: the same, but its deadline hasn't passed; `cancel`: it changed nothing; `lost_reboot`: mark it.
 */
export type Due = 'takeover' | 'later' | 'cancel' | 'lost_reboot';

/** Who holds the gateway. */
export type LockReport = {
  readonly token: string;
  readonly owner: string;
  readonly play: string;
  /** The gateway's wall clock, ISO 8601. */
  readonly since: string;
  /** Of its transaction; undefined when its folder is gone. */
  readonly state?: string;
  readonly secondsLeft: number;
  /** The session that began it. */
  readonly holder: Life;
  readonly runner?: Life;
  readonly guard?: Life;
};

export type TransactionReport = {
  readonly token: string;
  readonly state: string;
  readonly play: string;
  readonly owner: string;
  /** When it began, by the gateway's wall clock, ISO 8601. */
  readonly since: string;
  /** Whether it is the last confirmed one of its play. */
  readonly isLast: boolean;
  /** Whether its snapshot is how the gateway was before its play. */
  readonly isFirst: boolean;
  /** Until its deadline, while it isn't final. */
  readonly secondsLeft?: number;
  /** Since it became final, if that was since the last boot. */
  readonly endedSecondsAgo?: number;
  readonly undoOf?: string;
  readonly reason?: string;
  readonly rolledBackBy?: string;
  readonly runner?: Life;
  readonly guard?: Life;
  readonly due?: Due;
};

/** How a gateway stands, in its own words. */
export type GatewayReport = {
  readonly kind: 'reported';
  /** Of the state folder; undefined where sluice never was. */
  readonly layout?: string;
  readonly lock?: LockReport;
  /** The last begun first: the newest ones, and the last confirmed one of each play. */
  readonly transactions: readonly TransactionReport[];
};

export type Unlocked =
  | {
      readonly kind: 'unlocked';
      readonly token: string;
      readonly owner: string;
      readonly play: string;
      readonly since: string;
      /** How its transaction ended; undefined when its folder is gone. */
      readonly state?: string;
      readonly reason?: string;
    }
  | { readonly kind: 'notLocked' }
  | Refused
  | NoAnswer;

/** Who holds the gateway, and how do its transactions stand? Changes nothing. */
export async function reportGateway(
  remote: Remote,
  scripts: GatewayScripts,
  signal?: AbortSignal,
): Promise<GatewayReport | Refused | NoAnswer> {
  const answer = await ask(remote, report(scripts), signal);
  if ('kind' in answer) return answer;
  return answer.end === 'reported' ? reportOf(answer) : refused(answer.problems);
}

/** Frees the gateway's lock after bringing its transaction to its end; refused while somebody lives who will. */
export async function unlockGateway(
  remote: Remote,
  scripts: GatewayScripts,
  signal?: AbortSignal,
): Promise<Unlocked> {
  const answer = await ask(remote, unlock(scripts), signal);
  if ('kind' in answer) return answer;
  if (answer.end === 'not-locked') return { kind: 'notLocked' };
  if (answer.end !== 'unlocked') return refused(answer.problems);
  const value = (key: string) => firstValue(answer, key);
  return {
    kind: 'unlocked',
    token: value('token') ?? '',
    owner: value('owner') ?? '',
    play: value('play') ?? '',
    since: value('since') ?? '',
    ...defined({ state: value('state'), reason: value('reason') }),
  };
}

/** Takes sluice's own files off a gateway; `absent` where there were none. */
export async function purgeGateway(
  remote: Remote,
  scripts: GatewayScripts,
  request: { readonly token: string; readonly owner: string },
  signal?: AbortSignal,
): Promise<{ readonly kind: 'purged' | 'absent' } | Refused | NoAnswer> {
  const answer = await ask(remote, purge(scripts, request.token, request.owner), signal);
  if ('kind' in answer) return answer;
  return answer.end === 'purged' || answer.end === 'absent' ? { kind: answer.end } : refused(answer.problems);
}

function refused(refusals: readonly Refusal[]): Refused {
  return { kind: 'refused', refusals };
}

/** Reads `lock FACT TEXT` and `tx TOKEN FACT TEXT`; a text may hold anything but a line feed. */
function reportOf(answer: Answer): GatewayReport {
  const lock = new Map<string, string>();
  const transactions = new Map<string, Map<string, string>>();
  for (const { key, value } of answer.values) {
    if (key === 'lock') lock.set(...split(value));
    if (key !== 'tx') continue;
    const [token, rest] = split(value);
    const facts = transactions.get(token) ?? new Map<string, string>();
    transactions.set(token, facts.set(...split(rest)));
  }
  return {
    kind: 'reported',
    ...defined({ layout: firstValue(answer, 'layout') }),
    ...(lock.size === 0 ? {} : { lock: lockOf(lock) }),
    transactions: [...transactions].map(([token, facts]) => transactionOf(token, facts)),
  };
}

function split(text: string): [string, string] {
  const [word = ''] = text.split(' ', 1);
  return [word, text.slice(word.length + 1)];
}

type Facts = ReadonlyMap<string, string>;

function lockOf(facts: Facts): LockReport {
  return {
    token: facts.get('token') ?? '',
    owner: facts.get('owner') ?? '',
    play: facts.get('play') ?? '',
    since: facts.get('since') ?? '',
    secondsLeft: Number(facts.get('left') ?? 0),
    holder: facts.get('holder') === 'alive' ? 'alive' : 'dead',
    ...defined({ state: facts.get('state') || undefined }),
    ...livesOf(facts),
  };
}

function transactionOf(token: string, facts: Facts): TransactionReport {
  const number = (name: string) => (facts.has(name) ? Number(facts.get(name)) : undefined);
  return {
    token,
    state: facts.get('state') ?? '',
    play: facts.get('play') ?? '',
    owner: facts.get('owner') ?? '',
    since: facts.get('since') ?? '',
    isLast: facts.get('last') === 'yes',
    isFirst: facts.get('first') === 'yes',
    ...defined({
      secondsLeft: number('left'),
      endedSecondsAgo: number('ended'),
      undoOf: facts.get('undo_of'),
      reason: facts.get('reason'),
      rolledBackBy: facts.get('rolled_back_by'),
      due: facts.get('due') as Due | undefined,
    }),
    ...livesOf(facts),
  };
}

function livesOf(facts: Facts): { runner?: Life; guard?: Life } {
  const life = (role: string) => facts.get(role) as Life | undefined;
  return defined({ runner: life('runner'), guard: life('guard') });
}

/** Without what isn't known. */
function defined<T extends object>(facts: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
