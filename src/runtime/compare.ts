import type { Standing } from '../gateway/standing.ts';
import type { HostChange } from '../plan/change.ts';
import { type Compliance, compareWithPlay } from '../plan/compliance.ts';
import type { ComparedState } from '../rollout/events.ts';
import type { Outcome } from '../rollout/outcome.ts';
import type { Job } from '../rollout/runtime.ts';
import { type HostContext, type HostInput, refOf } from './host-context.ts';

/** Compares a gateway with its play and tells it, with the diffs; what it comes to is the outcome. */
export function compareHost(job: Job, input: HostInput, standing: Standing, context: HostContext): Outcome {
  const compliance = compliances(job, input, standing);
  const { state, byAnotherHand, diff, drift } = compliance;
  const rules = [...byAnotherHand.came, ...byAnotherHand.went, ...byAnotherHand.moved];
  const contest = state === 'drifted' ? context.contestOf?.(job, rules) : undefined;
  tell(job, standing, compliance, context, {
    ...(diff === undefined ? {} : { diff: context.nameDiff(diff.text, diff.changes) }),
    ...(drift === undefined ? {} : { drift: context.nameDiff(drift.text, drift.changes) }),
    ...(contest === undefined ? {} : { contest }),
  });
  const who = { host: job.host, attempt: job.attempt };
  if (state === 'in_compliance') return { ...who, kind: 'ok' };
  const changed = { ...who, kind: 'changed', token: job.token } as const;
  if (state === 'never_managed') return { ...changed, left: 'never_managed' };
  return contest === undefined ? changed : { ...changed, left: 'contested' };
}

/** Tells how a gateway stands before a change, or a plan of one: later runs remember it. Its diffs are told by the plan. */
export function tellCompared(
  job: Job,
  input: HostInput,
  standing: Standing,
  planned: HostChange,
  context: HostContext,
): void {
  tell(job, standing, compliances(job, input, standing, planned), context, {});
}

/** Of a gateway that could not be compared. */
export function tellUnjudged(
  job: Job,
  state: Extract<ComparedState, 'in_transaction' | 'unreachable' | 'unknown'>,
  context: HostContext,
): void {
  const nothing = { added: 0, removed: 0, isPlaybookNewer: false, notes: [] };
  context.emit({ type: 'host.compared', ...refOf(job), state, ...nothing });
}

function compliances(
  { host, play }: Job,
  { desired }: HostInput,
  standing: Standing,
  planned?: HostChange,
): Compliance {
  const keptSets = desired.sets.flatMap(({ name, keepsMembers }) => (keepsMembers ? [name] : []));
  return compareWithPlay({ host, play, standing, keptSets, ...(planned === undefined ? {} : { planned }) });
}

function tell(
  job: Job,
  { last, ownReading }: Standing,
  { state, added, removed, byAnotherHand, isPlaybookNewer, notes }: Compliance,
  context: HostContext,
  more: object,
): void {
  context.emit({
    type: 'host.compared',
    ...refOf(job),
    state,
    ...(last === undefined ? {} : { last }),
    added,
    removed,
    ...(byAnotherHand.lines === 0 ? {} : { byAnotherHand }),
    isPlaybookNewer,
    notes,
    ...(ownReading === undefined ? {} : { ownReading }),
    ...more,
  });
}
