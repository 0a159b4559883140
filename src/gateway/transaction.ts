import type { Remote, RemoteResult } from '../remote.ts';
import type { DesiredState } from '../ruleset/model.ts';
import { type Answer, AnswerReader, firstValue } from './answers.ts';
import { ask, type NoAnswer, noAnswer, type Refusal, type Refused } from './asking.ts';
import { type BeginRequest, begin, confirm, inspect, probe, rollback, status } from './commands.ts';
import { readUnrehearsed } from './own-reading.ts';
import type { GatewayScripts } from './program.ts';
import { type Standing, standingOf } from './standing.ts';

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

/** After the word was given, an end without an answer says nothing: the rules may be live. */
function lostTrial(result: RemoteResult): NoAnswer {
  const why = noAnswer(result);
  return why.kind === 'lost'
    ? why
    : { kind: 'lost', reason: why.refusals.map(({ text }) => text).join('; ') };
}
