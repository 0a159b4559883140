import path from 'node:path';
import { isMatch } from '../../journal/find-run.ts';
import { findHeld, type Held, keptText, playsOf } from '../../journal/held.ts';
import { readEvents } from '../../journal/read.ts';
import { type RunSummary, summariseRun } from '../../journal/summary.ts';
import { latestWork, type Work } from '../../journal/working.ts';
import { planChange } from '../../plan/change.ts';
import { type Problem, ProblemsError } from '../../problem.ts';
import type { Event } from '../../rollout/events.ts';
import { placeOf, type Runs, runsOf } from './runs.ts';

export type HistoryFilter = {
  /** A host name, or a glob. */
  readonly host?: string | undefined;
  /** As it was named, or its last parts. */
  readonly playbook?: string | undefined;
  readonly most?: number | undefined;
};

/** So many runs are read at once: enough to keep the disk busy. */
const AT_ONCE = 32;

/** The runs of a project that pass the filter, the newest first; one that can't be read is among them. */
export async function listHistory(cwd: string, filter: HistoryFilter): Promise<readonly RunSummary[]> {
  const { folders } = await runsOf(cwd);
  const most = filter.most ?? Number.POSITIVE_INFINITY;
  const newest = folders.toReversed();
  const found: RunSummary[] = [];
  for (let start = 0; start < newest.length && found.length < most; start += AT_ONCE) {
    const some = newest.slice(start, start + AT_ONCE);
    const summaries = await Promise.all(some.map((folder) => summariseRun(folder, path.basename(folder))));
    found.push(...summaries.filter((summary) => passes(summary, filter)));
  }
  return found.slice(0, most);
}

/** What a damaged run was about, nobody knows: it is always shown. */
function passes(summary: RunSummary, { host, playbook }: HistoryFilter): boolean {
  if (summary.kind === 'damaged') return true;
  const named = summary.run.playbook;
  if (playbook !== undefined && named !== playbook && !named.endsWith(`/${playbook}`)) return false;
  return host === undefined || summary.recap.some((row) => isMatch(host, row.host));
}

/** A run with its events. */
export type StoredHistory = {
  readonly summary: Exclude<RunSummary, { kind: 'damaged' }>;
  readonly events: readonly Event[];
  readonly folder: string;
  /** Who works on it, or did so last. */
  readonly work: Work;
};

/** @throws ProblemsError when there is no such run, or it is damaged */
export async function readHistory(cwd: string, word: string): Promise<StoredHistory> {
  const runs = await runsOf(cwd);
  const place = placeOf(word, runs);
  const folder = runs.folders[place] ?? '';
  const summary = await summariseRun(folder, runs.ids[place] ?? '');
  if (summary.kind === 'damaged') throw new ProblemsError([summary.problem]);
  const work = await latestWork(folder, summary.run.process);
  return { summary, events: await readEvents(folder), folder, work };
}

/** What a run changed on a host, or what two runs left it with differs; of each play. */
export type HostDiff = { readonly play: string; readonly words: string; readonly diff: string };

/**
 * Compares what a host held of each play once one run was done with what it held after another; of a single run, what the run itself
 * changed.
 *
 * @param range `RUN..RUN`, or `RUN`
 * @throws ProblemsError when a run or the host isn't known, or it can't be told what the host held
 */
export async function diffHistory(cwd: string, range: string, host: string): Promise<readonly HostDiff[]> {
  const runs = await runsOf(cwd);
  const [from = '', to] = range.split('..');
  const first = placeOf(from, runs);
  const last = to === undefined ? first : placeOf(to, runs);
  const before = to === undefined ? runs.folders.slice(0, first) : runs.folders.slice(0, first + 1);
  const after = runs.folders.slice(0, last + 1);
  const plays = await playsOf(before.length > after.length ? before : after, host);
  if (plays.length === 0) throw new ProblemsError([neverMet(host, runs)]);
  const holders = plays.map((play) => ({ play, host }));
  const [left, right] = [await findHeld(before, holders), await findHeld(after, holders)];
  const unclear = [...left, ...right].filter((held) => held.kind === 'unknown');
  if (unclear.length > 0) throw new ProblemsError(unclear.map((held) => unclearProblem(held)));
  return plays.map((play, index) => {
    const [old, young] = [left[index], right[index]];
    const words = `${heldWords(old)} .. ${heldWords(young)}`;
    return { play, words, diff: diffOf(host, play, old, young) };
  });
}

export function unclearProblem(held: Extract<Held, { kind: 'unknown' }>): Problem {
  return {
    code: 'held-unknown',
    host: held.host,
    message: `what it held of play ${held.play} then can't be told: ${held.why}`,
    remedy: `Look at the gateway (sluice status ${held.host}), or name another run.`,
  };
}

function heldWords(held: Held | undefined): string {
  return held?.kind === 'known' ? `as ${held.run} left it` : 'nothing of this play';
}

/** What stands of sets and sysctls is named alone; both are the kernel's own words. */
function diffOf(host: string, play: string, old: Held | undefined, young: Held | undefined): string {
  const text = (held: Held | undefined, name: string) =>
    (held?.kind === 'known' ? keptText(held.folder, name) : undefined) ?? '';
  const families = (['ipv6', 'ipv4'] as const).map((family) => {
    const [live, canonical] = [old, young].map((held) => text(held, `canonical.${family}.save`));
    return { family, live: live ?? '', canonical: canonical ?? '' };
  });
  const pair = (name: string) => ({ live: text(old, name), canonical: text(young, name) });
  const change = planChange({
    host,
    play,
    takeOver: true,
    standing: {
      families,
      sets: pair('canonical.sets'),
      sysctls: pair('canonical.sysctls'),
      resets: [],
      owners: [],
      leftSysctls: [],
    },
  });
  return change.kind === 'change' ? change.diff : '';
}

function neverMet(host: string, { journal }: Runs): Problem {
  const remedy = 'Name a host as the inventory does; sluice history -l HOST shows its runs.';
  return { code: 'host-unknown', message: `no run in ${journal} touched "${host}" up to then`, remedy };
}
