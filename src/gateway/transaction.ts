import type { Remote, RemoteResult } from '../remote.ts';
import type { OwnReading } from '../ruleset/canonical/own-reading.ts';
import type { DesiredState, Family } from '../ruleset/model.ts';
import type { Owner } from '../ruleset/ownership.ts';
import { type Answer, AnswerReader, firstValue } from './answers.ts';
import { type BeginRequest, begin, confirm, inspect, probe, rollback, status } from './commands.ts';
import { readUnrehearsed } from './own-reading.ts';
import type { GatewayScripts } from './program.ts';

/** Why a gateway said no: a code of the program and its own words. */
export type Refusal = { readonly code: string; readonly text: string };

/** How one family stands on a gateway, and how it would stand. Canonical texts hold only tables that aren't pristine. */
export type FamilyStanding = {
  readonly family: Family;
  /** The whole snapshot, `iptables-save -c`. */
  readonly before: string;
  /** Canonical text of the live tables that the play replaces. */
  readonly live: string;
  /** Canonical text of what is desired, from the gateway's own kernel. */
  readonly canonical: string;
  /** Canonical text that the play's last confirmed transaction left, if there was one. */
  readonly confirmed?: string;
};

/** Of a play on a gateway. */
export type LastConfirmed = {
  readonly token: string;
  /** When it began, by the gateway's wall clock, ISO 8601. */
  readonly since: string;
  /** user@host of who made it. */
  readonly owner: string;
};

export type Standing = {
  readonly families: readonly FamilyStanding[];
  /** Canonical `ipset save` text of the sets concerned, and of how they would be: headers, then members in order. */
  readonly sets: { readonly live: string; readonly canonical: string; readonly confirmed?: string };
  /** The parameters that the play names, a line `key = value` each. */
  readonly sysctls: { readonly live: string; readonly canonical: string; readonly confirmed?: string };
  /** The play's last confirmed transaction; what it left is `confirmed`. Undefined where the play was never applied. */
  readonly last?: LastConfirmed;
  /** In words, why the next boot would not bring what the play wants (or would, though it shall not); undefined when all is well. */
  readonly persistence?: string;
  /** Parameters that the play had and no longer names: they stay as they are. */
  readonly leftSysctls: readonly string[];
  /** Tables that the play owned and no longer names: they go back to what the kernel makes them. */
  readonly resets: readonly { readonly family: string; readonly table: string }[];
  /** Which play's last confirmed transaction owns what of this gateway. */
  readonly owners: readonly Owner[];
  /** `chains`: of its tables the play owns only its own chains, and its jumps to them. */
  readonly scope: 'tables' | 'chains';
  /** Where no rules could be rehearsed; then canonical texts are sluice's own reading of what was written. */
  readonly ownReading?: OwnReading;
};

/** Nothing came back whole: the connection died, or the program never ran. */
export type NoAnswer = { readonly kind: 'lost'; readonly reason: string };
export type Refused = { readonly kind: 'refused'; readonly refusals: readonly Refusal[] };

/** A transaction that holds the gateway's lock and waits for a word. Its session's end releases it. */
export type Prepared = {
  readonly kind: 'prepared';
  readonly standing: Standing;
  /** Arms and applies; answers when the rules are live, or taken back, or refused. */
  go(): Promise<Trial>;
  /** Gives the lock back; nothing was changed. */
  release(): Promise<void>;
};

/** Where a transaction stands, in the gateway's words. */
export type Trial =
  | {
      readonly kind: 'state';
      /** `applied`, `confirmed`, `rolled_back` … ; `gone` when the gateway knows no such transaction. */
      readonly state: string;
      readonly reason?: string;
      readonly rolledBackBy?: string;
      readonly log?: string;
    }
  | Refused
  | NoAnswer;

export type Inspected =
  | { readonly kind: 'inspected'; readonly standing: Standing; readonly lockedBy?: string }
  | (Refused & { readonly lockedBy?: string })
  | NoAnswer;

export type Probed =
  | {
      readonly kind: 'probed';
      readonly values: ReadonlyMap<string, string>;
      readonly warnings: readonly Refusal[];
    }
  | Refused
  | NoAnswer;

/** Step 0: what would change; takes no lock and changes nothing. */
export async function inspectGateway(
  remote: Remote,
  scripts: GatewayScripts,
  play: string,
  desired: DesiredState,
  signal?: AbortSignal,
): Promise<Inspected> {
  const answer = await ask(remote, inspect(scripts, play, desired), signal);
  if ('kind' in answer) return answer;
  const lock = answer.problems.find(({ code }) => code === 'locked');
  const lockedBy = lock === undefined ? {} : { lockedBy: lock.text };
  if (answer.end !== 'inspected')
    return { kind: 'refused', refusals: answer.problems.filter((problem) => problem !== lock), ...lockedBy };
  const kept = desired.sets.filter(({ keepsMembers }) => keepsMembers).map(({ name }) => name);
  return { kind: 'inspected', standing: readUnrehearsed(standingOf(answer), answer, kept), ...lockedBy };
}

/** Step 1: lock, snapshot, rehearsal. The answer waits for `go` or `release`. */
export async function beginTransaction(
  remote: Remote,
  scripts: GatewayScripts,
  request: BeginRequest,
  signal?: AbortSignal,
): Promise<Prepared | Refused | NoAnswer> {
  const conversation = remote.open(begin(scripts, request), signal);
  const answers = new AnswerReader(conversation.output);
  const answer = await answers.next();
  if (answer === undefined) return noAnswer(await ended(conversation));
  if (answer.end !== 'prepared') {
    conversation.end();
    return { kind: 'refused', refusals: answer.problems };
  }
  return {
    kind: 'prepared',
    standing: standingOf(answer),
    go: async () => {
      conversation.write('go\n');
      const trial = await answers.next();
      conversation.end();
      return trial === undefined ? lostTrial(await conversation.done) : trialOf(trial);
    },
    release: async () => {
      conversation.write('release\n');
      await answers.next();
      conversation.end();
    },
  };

  async function ended(talk: typeof conversation): Promise<RemoteResult> {
    talk.end();
    return talk.done;
  }
}

/** Step 4. */
export async function confirmTransaction(
  remote: Remote,
  scripts: GatewayScripts,
  token: string,
  signal?: AbortSignal,
): Promise<Trial> {
  return asTrial(await ask(remote, confirm(scripts, token), signal));
}

/** Step 5 on request; without it the gateway does the same at its deadline. */
export async function rollbackTransaction(
  remote: Remote,
  scripts: GatewayScripts,
  token: string,
  reason: string,
  signal?: AbortSignal,
): Promise<Trial> {
  return asTrial(await ask(remote, rollback(scripts, token, reason), signal));
}

/** Asked whenever an answer was lost: the controller never assumes. */
export async function transactionStatus(
  remote: Remote,
  scripts: GatewayScripts,
  token: string,
  signal?: AbortSignal,
): Promise<Trial> {
  return asTrial(await ask(remote, status(scripts, token), signal));
}

/** Can this gateway be managed? */
export async function probeGateway(
  remote: Remote,
  scripts: GatewayScripts,
  signal?: AbortSignal,
): Promise<Probed> {
  const answer = await ask(remote, probe(scripts), signal);
  if ('kind' in answer) return answer;
  if (answer.end !== 'probed') return { kind: 'refused', refusals: answer.problems };
  return {
    kind: 'probed',
    values: new Map(answer.values.map(({ key, value }) => [key, value])),
    warnings: answer.problems,
  };
}

/** Runs a verb to its end: what it answered, or why it didn't. */
export async function ask(
  remote: Remote,
  command: Parameters<Remote['run']>[0],
  signal?: AbortSignal,
): Promise<Answer | Refused | NoAnswer> {
  const result = await remote.run(command, signal);
  const answer = await new AnswerReader(once(result.stdout)).next();
  return answer ?? noAnswer(result);
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

function asTrial(answer: Answer | Refused | NoAnswer): Trial {
  return 'kind' in answer ? answer : trialOf(answer);
}

function trialOf(answer: Answer): Trial {
  if (answer.end === 'refused') return { kind: 'refused', refusals: answer.problems };
  const reason = firstValue(answer, 'reason');
  const rolledBackBy = firstValue(answer, 'rolled_back_by');
  const log = answer.files.get('log');
  return {
    kind: 'state',
    state: answer.end,
    ...(reason === undefined ? {} : { reason }),
    ...(rolledBackBy === undefined ? {} : { rolledBackBy }),
    ...(log === undefined ? {} : { log }),
  };
}

/** A program that ended without a whole answer never ran, or was cut off: sudo's and the shell's words tell which. */
function noAnswer(result: RemoteResult): Refused | NoAnswer {
  switch (result.kind) {
    case 'lost':
      return { kind: 'lost', reason: result.reason };
    case 'signalled':
      return { kind: 'lost', reason: `the program was killed by ${result.signal}` };
    case 'exited': {
      const words = result.stderr.trim();
      if (isOfSudo(words)) {
        return { kind: 'refused', refusals: [{ code: 'become-failed', text: sudoWords(words) }] };
      }
      return {
        kind: 'refused',
        refusals: [{ code: 'program-failed', text: `exit code ${result.code}: ${words}` }],
      };
    }
  }
}

/** What a login may not run, sudo says without its name. */
function isOfSudo(words: string): boolean {
  return /^sudo:|sudo: (command )?not found|^Sorry, user .* (is not allowed|may not run)|^\S+ is not in the sudoers file/m.test(
    words,
  );
}

/** Without the lecture, without a blank "try again", and without our whole program, which sudo names when it may not be run. */
function sudoWords(words: string): string {
  const lines = words.replace(/(not allowed to execute) '.*' (as \S+ on )/s, '$1 this $2').split('\n');
  const said = lines.filter((line) => isOfSudo(line)).map((line) => line.trim());
  return said.join('; ');
}

/** After the word was given, an end without an answer says nothing: the rules may be live. */
function lostTrial(result: RemoteResult): NoAnswer {
  const why = noAnswer(result);
  return why.kind === 'lost'
    ? why
    : { kind: 'lost', reason: why.refusals.map(({ text }) => text).join('; ') };
}

function standingOf(answer: Answer): Standing {
  const words = (key: string) =>
    answer.values.filter((entry) => entry.key === key).map(({ value }) => value.split(' '));
  const text = (name: string) => answer.files.get(name) ?? '';
  const persistence = firstValue(answer, 'persist');
  return {
    sets: {
      live: text('live.sets'),
      canonical: text('canonical.sets'),
      ...confirmedOf(answer.files.get('confirmed.sets')),
    },
    sysctls: {
      live: text('live.sysctls'),
      canonical: text('canonical.sysctls'),
      // It is kept as it was sent: `key value`.
      ...confirmedOf(answer.files.get('confirmed.sysctls')?.replace(/^(\S+) /gm, '$1 = ')),
    },
    ...lastOf(words('last')),
    leftSysctls: words('left').map(([key = '']) => key),
    ...(persistence === undefined ? {} : { persistence }),
    families: words('family').map(([name]) => familyStanding(answer, name === 'ipv6' ? 'ipv6' : 'ipv4')),
    resets: words('reset').map(([family = '', table = '']) => ({ family, table })),
    owners: words('owner').map(([play = '', family = '', table = '', prefix]) => ({
      play,
      family,
      table,
      ...(prefix === undefined ? {} : { prefix }),
    })),
    scope: firstValue(answer, 'scope') === 'chains' ? 'chains' : 'tables',
  };
}

function confirmedOf(confirmed: string | undefined): { readonly confirmed?: string } {
  return confirmed === undefined ? {} : { confirmed };
}

function lastOf(said: readonly (readonly string[])[]): { readonly last?: LastConfirmed } {
  const [words] = said;
  if (words === undefined) return {};
  const [token = '', since = '', ...owner] = words;
  return { last: { token, since, owner: owner.join(' ') } };
}

function familyStanding(answer: Answer, family: Family): FamilyStanding {
  const text = (name: string) => answer.files.get(`${name}.${family}`) ?? '';
  const confirmed = answer.files.get(`confirmed.${family}`);
  return {
    family,
    before: text('before'),
    live: text('live'),
    canonical: text('canonical'),
    ...confirmedOf(confirmed),
  };
}
