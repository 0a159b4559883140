import type { Colours } from './colours.ts';
import { formatStopwatch } from './duration.ts';
import type { Flight, Tally } from './tally.ts';
import { cut, widthOf } from './width.ts';

export type Size = { readonly columns: number; readonly rows: number };

/** The hosts in flight that are shown at once. */
const MOST_FLIGHTS = 8;

/**
 * The lines at the bottom of the terminal while a play runs: the wave's bar, the counts, and hosts in flight. No line
 * reaches the last column (erasing to the end of a full line erases its last character); at most half the rows are taken.
 */
export function regionLines(tally: Tally, size: Size, nowMs: number, colours: Colours): readonly string[] {
  const columns = size.columns - 1;
  const most = size.rows < 4 ? 0 : Math.min(Math.floor(size.rows / 2), MOST_FLIGHTS + 4);
  const head = [barLine(tally, columns, nowMs), countsLine(tally, columns, colours)].slice(0, most);
  const air = most >= 8 ? [''] : [];
  const flights = flightLines([...tally.flights.values()], most - head.length - air.length, nowMs, colours);
  return [...air, ...head, ...flights].map((line) => cut(line, columns));
}

function barLine(tally: Tally, columns: number, nowMs: number): string {
  const clock = tally.startedMs === undefined ? '' : `  ${formatStopwatch(nowMs - tally.startedMs)}`;
  const elapsed = `${clock}${tally.isInterrupted ? '  stopping' : ''}`;
  const done = `${tally.waveDone}/${tally.waveTotal}`;
  const room = Math.min(30, columns - widthOf(`${tally.wave} [] ${done}${elapsed}`));
  if (room < 5) return `${tally.wave} ${done}${elapsed}`;
  const share = tally.waveTotal === 0 ? 0 : Math.min(1, tally.waveDone / tally.waveTotal);
  const filled = Math.floor(room * share);
  return `${tally.wave} [${'#'.repeat(filled)}${'-'.repeat(room - filled)}] ${done}${elapsed}`;
}

/** All counts where they fit; on a narrow terminal only those that are not zero. */
export function countsLine(tally: Tally, columns: number, colours: Colours): string {
  const { counts } = tally;
  const cells: readonly (readonly [string, number, (text: string) => string])[] = [
    ['ok', counts.ok, colours.green],
    ['changed', counts.changed, colours.yellow],
    ['unreachable', counts.unreachable, colours.red],
    ['failed', counts.failed, colours.red],
    ['rolled_back', counts.rolled_back, colours.red],
    ['waiting', tally.waiting, String],
  ];
  const format = (chosen: typeof cells) =>
    chosen.map(([name, number, paint]) => (number > 0 ? paint(`${name}=${number}`) : `${name}=0`)).join(' ');
  const all = format(cells);
  return widthOf(all) <= columns ? all : format(cells.filter(([, number]) => number > 0));
}

function flightLines(
  flights: readonly Flight[],
  most: number,
  nowMs: number,
  colours: Colours,
): readonly string[] {
  const isTooMany = flights.length > Math.min(MOST_FLIGHTS, most);
  const shown = flights.slice(0, Math.max(0, Math.min(MOST_FLIGHTS, isTooMany ? most - 1 : most)));
  const width = Math.min(24, Math.max(0, ...shown.map(({ host }) => widthOf(host))));
  const lines = shown.map((flight) => {
    const name = cut(flight.host, width);
    return `  ${name}${' '.repeat(width - widthOf(name))}  ${describeFlight(flight, nowMs)}`;
  });
  const rest = flights.length - shown.length;
  return rest > 0 && most > 0 ? [...lines, colours.dim(`  ${rest} more in flight`)] : lines;
}

/** `connecting 12 s`, `checked ssh, 40 s left`. */
export function describeFlight({ step, atMs, lastCheck, deadlineMs }: Flight, nowMs: number): string {
  const isTrial = step === 'applying' || step === 'checking';
  if (isTrial && deadlineMs !== undefined) {
    const seconds = Math.ceil((deadlineMs - nowMs) / 1000);
    // In steps of five until it gets tight: each change costs a redraw.
    const left = seconds > 10 ? Math.floor(seconds / 5) * 5 : seconds;
    return `${lastCheck ?? step}, ${left > 0 ? `${left} s left` : 'its deadline has passed'}`;
  }
  const age = Math.floor((nowMs - atMs) / 1000);
  // Only what takes long shows for how long: a line that stands still costs nothing to redraw.
  return age >= 5 ? `${step} ${age} s` : step;
}
