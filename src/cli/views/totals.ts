import type { Event, RecapRow } from '../../rollout/events.ts';
import { formatDuration } from './duration.ts';
import { count } from './host-list.ts';
import { type Fate, fateOf } from './recap.ts';

type Finished = Extract<Event, { type: 'run.finished' }>;

/** The last line of an apply: how it ended, how long it took, how many hosts ended how, where the journal is. */
export function applyTotals(run: Finished, journal: string): string {
  const fates = countFates(run.recap);
  const parts = FATES.flatMap((fate) => (fates[fate] > 0 ? [`${fates[fate]} ${fate}`] : []));
  const totals = parts.length === 0 ? 'no gateways' : parts.join(', ');
  return `${endOf(run)} ${formatDuration(run.elapsedMs)}, ${logins(run)}: ${totals}. ${journalAt(journal)}`.trimEnd();
}

/** The last lines of a plan. `distinct` is the number of different diffs. */
export function planTotals(run: Finished, distinct: number, journal: string): readonly string[] {
  const fates = countFates(run.recap);
  const { changed, ok } = fates;
  const rest = FATES.filter((fate) => fate !== 'changed' && fate !== 'ok' && fates[fate] > 0);
  const tail = rest.map((fate) => `, ${fates[fate]} ${fate}`).join('');
  const gateways = count(run.recap.length, 'gateway');
  const kinds = changed === 0 ? '' : ` (${count(distinct, 'distinct change')})`;
  const change = `${changed} of ${gateways} would change${kinds}, ${ok} in line`;
  const summary = changed === 0 && tail === '' ? `no changes, ${ok} of ${gateways} in line` : change;
  return [
    `Plan: ${summary}${tail}.`,
    `${endOf(run)} ${formatDuration(run.elapsedMs)}, ${logins(run)}. ${journalAt(journal)}`.trimEnd(),
  ];
}

/** The last lines of a drift: how many gateways of which play stand how. */
export function driftTotals(
  run: Finished,
  counts: ReadonlyMap<string, number>,
  journal: string,
): readonly string[] {
  const total = [...counts.values()].reduce((sum, number) => sum + number, 0);
  const good = counts.get('in compliance') ?? 0;
  const rest = [...counts].flatMap(([state, number]) =>
    state === 'in compliance' ? [] : [`, ${number} ${state}`],
  );
  return [
    `Drift: ${good} of ${count(total, 'gateway')} in compliance${rest.join('')}.`,
    `${endOf(run)} ${formatDuration(run.elapsedMs)}, ${logins(run)}. ${journalAt(journal)}`.trimEnd(),
  ];
}

/** The last lines of a verify: how many checks passed, on how many gateways all of them. */
export function verifyTotals(
  run: Finished,
  { pass, fail }: { readonly pass: number; readonly fail: number },
  journal: string,
): readonly string[] {
  const fates = countFates(run.recap);
  const rest = FATES.filter((fate) => fate !== 'ok' && fates[fate] > 0).map(
    (fate) => `, ${fates[fate]} ${fate}`,
  );
  const checks = `${pass} of ${count(pass + fail, 'check')} passed`;
  return [
    `Verify: ${checks}; ${fates.ok} of ${count(run.recap.length, 'gateway')} well${rest.join('')}.`,
    `${endOf(run)} ${formatDuration(run.elapsedMs)}, ${logins(run)}. ${journalAt(journal)}`.trimEnd(),
  ];
}

/** In the order in which totals name them. */
const FATES: readonly Fate[] = ['changed', 'ok', 'rolled back', 'failed', 'unreachable', 'not started'];

function countFates(recap: readonly RecapRow[]): { readonly [F in Fate]: number } {
  const fates = { changed: 0, ok: 0, 'rolled back': 0, failed: 0, unreachable: 0, 'not started': 0 };
  for (const row of recap) fates[fateOf(row)] += 1;
  return fates;
}

function endOf({ exitCode, halted }: Finished): string {
  if (exitCode === 130) return 'Interrupted after';
  if (exitCode === 5) return 'Waiting for approval after';
  if (halted) return 'Halted after';
  return exitCode === 0 || exitCode === 3 ? 'Done in' : 'Finished with failures in';
}

function logins({ connections }: Finished): string {
  return count(connections, 'SSH login');
}

function journalAt(journal: string): string {
  return journal === '' ? '' : `Journal: ${journal}`;
}
