import { afterLook, type Health, type Look, type Patience, unseen } from './health.ts';

/** A backend that became another. */
export type Flip = {
  readonly backend: string;
  readonly before: Health;
  readonly after: Health;
  readonly looks: number;
};

/** What a round of looks makes of the backends that one gateway knows. */
export function afterRound(
  known: Readonly<Record<string, Health>>,
  looks: ReadonlyMap<string, Look>,
  patience: Patience,
): { readonly known: Readonly<Record<string, Health>>; readonly flips: readonly Flip[] } {
  const flips: Flip[] = [];
  const next: Record<string, Health> = { ...known };
  for (const [backend, look] of looks) {
    const before = known[backend] ?? unseen(look.at);
    const after = afterLook(before, look, patience);
    next[backend] = after;
    if (after.status !== before.status) flips.push({ backend, before, after, looks: before.against + 1 });
  }
  return { known: next, flips };
}

/** Several vantage points see more than one: a backend that anybody gets through to is well. */
export function lookOf(seen: readonly Look[]): Look | undefined {
  const by = (verdict: Look['verdict']) => seen.find((look) => look.verdict === verdict);
  return by('pass') ?? by('fail') ?? by('unknown');
}

/** Whether looks have said what they have to say of each of these backends: the last one of none speaks against how it counts. */
export function isDecided(known: Readonly<Record<string, Health>>, backends: readonly string[]): boolean {
  return backends.every((name) => (known[name]?.against ?? 0) === 0);
}
