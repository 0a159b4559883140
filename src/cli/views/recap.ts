import type { RecapRow } from '../../rollout/events.ts';
import type { Colours } from './colours.ts';
import { count, listHosts } from './host-list.ts';
import { widthOf } from './width.ts';

/**
 * The rows of PLAY RECAP in Ansible's layout and colours. Beyond `foldAbove` hosts, those to which nothing bad happened
 * share a row with all that have the same counts; a host in trouble always has its own.
 */
export function recapLines(
  rows: readonly RecapRow[],
  foldAbove: number,
  colours: Colours,
): readonly string[] {
  const folded = new Map<string, RecapRow[]>();
  for (const row of rows) {
    const isFolded = rows.length > foldAbove && !isTrouble(row);
    const key = isFolded ? JSON.stringify({ ...row, host: '' }) : row.host;
    folded.set(key, [...(folded.get(key) ?? []), row]);
  }
  return [...folded.values()].map((group) => recapLine(group, colours));
}

/** A host in one word, its worst first: what totals count. */
export function fateOf(row: RecapRow): Fate {
  if (row.unreachable > 0) return 'unreachable';
  if (row.failed > 0) return 'failed';
  if (row.rolledBack > 0) return 'rolled back';
  if (row.notStarted > 0) return 'not started';
  return row.changed > 0 ? 'changed' : 'ok';
}

export type Fate = 'changed' | 'ok' | 'rolled back' | 'failed' | 'unreachable' | 'not started';

function isTrouble(row: RecapRow): boolean {
  return row.unreachable + row.failed + row.rolledBack > 0;
}

function recapLine(group: readonly RecapRow[], colours: Colours): string {
  const [row] = group;
  if (row === undefined) return '';
  const names = listHosts(group.map(({ host }) => host));
  // Those who share a row are in no trouble: where their names leave the column, their number is enough.
  const name = group.length > 1 && widthOf(names) > 26 ? count(group.length, 'host') : names;
  const paint = paintOf(row, colours);
  const cells: readonly Cell[] = [
    // As in Ansible, what was changed is ok too.
    ['ok', row.ok + row.changed, colours.green],
    ['changed', row.changed, colours.yellow],
    ['unreachable', row.unreachable, colours.red],
    ['failed', row.failed, colours.red],
    ['rolled_back', row.rolledBack, colours.red],
    ...(row.notStarted > 0 ? [['not_started', row.notStarted, colours.cyan] as const] : []),
  ];
  const written = cells.map((cell, index) => formatCell(cell, index < cells.length - 1));
  return `${paint(name)}${' '.repeat(Math.max(0, 26 - widthOf(name)))} : ${written.join(' ')}`;
}

function paintOf(row: RecapRow, colours: Colours): (text: string) => string {
  if (isTrouble(row)) return colours.red;
  if (row.notStarted > 0) return colours.cyan;
  return row.changed > 0 ? colours.yellow : colours.green;
}

type Cell = readonly [name: string, number: number, paint: (text: string) => string];

/** Ansible's `%s=%-4s`, coloured when there is something to see; the last one of a row needs no padding. */
function formatCell([name, number, paint]: Cell, isPadded: boolean): string {
  const text = `${name}=${isPadded ? String(number).padEnd(4) : number}`;
  return number > 0 ? paint(text) : text;
}
