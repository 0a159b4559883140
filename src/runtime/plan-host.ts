import type { Standing } from '../gateway/standing.ts';
import { type HostChange, planChange } from '../plan/change.ts';
import type { Job } from '../rollout/runtime.ts';
import { type HostContext, type HostInput, refOf } from './host-context.ts';

/** What a job would make of the gateway as it stands; pure. */
export function changeFor(
  job: Job,
  { desired }: HostInput,
  standing: Standing,
  context: HostContext,
): HostChange {
  // What an undo takes back was ours, and the gateway has compared it with what stands.
  const takeOver = context.takeOver || job.kind === 'undo';
  // An undo loads what the gateway kept, wherever that was written.
  const written = job.kind === 'undo' ? [] : desired.rulesets;
  return planChange({ host: job.host, play: job.play, standing, takeOver, written });
}

/** Tells what would change, and keeps it; answers why it must not, if so. */
export async function tellPlanned(
  job: Job,
  standing: Standing,
  planned: HostChange,
  context: HostContext,
  lockedBy?: string,
): Promise<HostChange> {
  if (planned.kind === 'refused') return planned;
  const objection =
    planned.kind === 'change' && job.kind !== 'undo' ? context.objectionTo?.(job, standing) : undefined;
  if (objection !== undefined) return { kind: 'refused', problem: objection };
  context.planned?.(job, standing, planned);
  const isNew = planned.kind === 'unchanged' && isUnrecorded(job, standing);
  const notes = [
    ...planned.notes,
    ...(isNew ? [TAKES_UP] : []),
    ...(lockedBy === undefined ? [] : [lockedBy]),
  ];
  const none = { added: 0, removed: 0, moved: 0 };
  const { added, removed, moved } = planned.kind === 'change' ? planned : none;
  const diff = planned.kind === 'change' ? { diff: context.nameDiff(planned.diff, planned.changes) } : {};
  const { ownReading } = standing;
  const reading = ownReading === undefined ? {} : { ownReading };
  context.emit({ type: 'host.planned', ...refOf(job), added, removed, moved, notes, ...diff, ...reading });
  if (planned.kind === 'change') context.keep(job, 'diff', planned.diff);
  return planned;
}

const TAKES_UP =
  'the rules are as the play wants them, but not under management yet: apply records that, and changes no rule';

/** The play never confirmed these rules there: until it does, the first change to them would be refused as not ours. */
export function isUnrecorded(job: Job, { families }: Standing): boolean {
  return job.kind !== 'undo' && families.some(({ confirmed }) => confirmed === undefined);
}
