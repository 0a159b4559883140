import type { ByAnotherHand } from '../plan/compliance.ts';
import type { Event } from './events.ts';

/** What earlier enforcing runs found at one gateway of one play, the newest first. */
export type Memory = ReadonlyMap<string, readonly Finding[]>;

export type Finding = {
  /** `mended`: something had come or gone by another hand, and sluice put it right; `left`: it had, and stayed as it was. */
  readonly kind: 'clean' | 'mended' | 'left';
  /** What had come and gone, as `host.compared` tells it. */
  readonly rules: readonly string[];
};

/** Another hand and sluice undo each other's work. */
export type Contest = {
  /** How many of the runs looked at had to put it right. */
  readonly mended: number;
  /** How many runs were looked at. */
  readonly runs: number;
  /** What comes or goes again and again; empty when it is something else each time. */
  readonly rules: readonly string[];
};

/** So far back runs count: what was settled long ago is over. */
const CONTEST_RUNS = 10;

/** What a run remembers of one gateway of one play. */
export function memoryKey(host: string, play: string): string {
  return JSON.stringify([host, play]);
}

/** Adds what one older run found. Of a gateway compared twice in it, the first look counts: later ones come after the mending. */
export function rememberRun(memory: Memory, events: readonly Event[]): Memory {
  const confirmed = new Set(
    events.flatMap((event) => (event.type === 'host.confirmed' ? [memoryKey(event.host, event.play)] : [])),
  );
  const found = new Map<string, Finding>();
  for (const event of events) {
    if (event.type !== 'host.compared') continue;
    const key = memoryKey(event.host, event.play);
    const { state, byAnotherHand } = event;
    if (found.has(key) || !(state === 'drifted' || state === 'in_compliance')) continue;
    // Runs of an earlier version didn't tell what was moved.
    const { came = [], went = [], moved = [] }: Partial<ByAnotherHand> = byAnotherHand ?? {};
    const rules = [...came, ...went, ...moved];
    const isClean = state === 'in_compliance' || rules.length === 0;
    found.set(key, { kind: isClean ? 'clean' : confirmed.has(key) ? 'mended' : 'left', rules });
  }
  const grown = new Map(memory);
  for (const [key, finding] of found) grown.set(key, [...(memory.get(key) ?? []), finding]);
  return grown;
}

/** Whether older runs can add nothing any more. */
export function remembersEnough(memory: Memory, keys: readonly string[]): boolean {
  return keys.every((key) => counted(memory.get(key) ?? []).length >= CONTEST_RUNS);
}

/**
 * Is a gateway that has drifted by another hand contested? It is once sluice had to put it right `after` times in the last ten
 * enforcing runs. Runs that left it as it was don't count among the ten: a contest that is left alone doesn't fade by itself,
 * but by runs that find nothing changed.
 */
export function contestOf(
  findings: readonly Finding[],
  rules: readonly string[],
  after: number,
): Contest | undefined {
  if (rules.length === 0) return undefined;
  const window = counted(findings).slice(0, CONTEST_RUNS);
  const mended = window.filter(({ kind }) => kind === 'mended');
  if (mended.length < after) return undefined;
  const known = new Set(mended.flatMap((finding) => finding.rules));
  return { mended: mended.length, runs: window.length, rules: rules.filter((rule) => known.has(rule)) };
}

function counted(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ kind }) => kind !== 'left');
}
