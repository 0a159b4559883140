import { join } from 'node:path';
import { type Problem, ProblemsError } from '../problem.ts';
import type { Event, RecapRow } from '../rollout/events.ts';
import type { RunRecord } from './model.ts';
import { isAlive } from './process.ts';
import { eventOf, readEvents, readRecord } from './read.ts';
import { lastLine } from './tail.ts';
import { latestWork, type Work } from './working.ts';

/**
 * How a run ended. `drifted`: gateways differ from their play, and were left so; `waiting`: for a person's answer; `open`: it has no end,
 * and ran on another machine; `killed`: it has none, and nobody works on it.
 */
export type RunOutcome =
  | 'done'
  | 'drifted'
  | 'failed'
  | 'halted'
  | 'interrupted'
  | 'waiting'
  | 'running'
  | 'killed'
  | 'open';

/** A run in a line. */
export type RunSummary =
  | {
      readonly kind: 'run';
      readonly id: string;
      /** ISO 8601, UTC. */
      readonly time: string;
      readonly run: RunRecord;
      readonly outcome: RunOutcome;
      readonly exitCode?: number;
      readonly elapsedMs?: number;
      /** Per host; of a run without an end, as far as it came. */
      readonly recap: readonly RecapRow[];
      /** Hosts that were begun and never ended. */
      readonly inFlight: readonly string[];
      /** Of one that runs, has no end, or was taken up again: who works on it, or did so last. */
      readonly work?: Work;
    }
  | { readonly kind: 'damaged'; readonly id: string; readonly time: string; readonly problem: Problem };

/** Sums a run up from `run.json` and the last line of its events; only of a run without an end all events are read. */
export async function summariseRun(folder: string, id: string): Promise<RunSummary> {
  const time = timeOf(id);
  try {
    const run = await readRecord(folder);
    const last = eventOf((await lastLine(join(folder, 'events.jsonl'))) ?? '');
    if (last?.type !== 'run.finished') {
      const work = await latestWork(folder, run.process);
      return { kind: 'run', id, time, run, work, ...unfinished(run, work, await readEvents(folder)) };
    }
    const { exitCode, elapsedMs, recap } = last;
    return { kind: 'run', id, time, run, outcome: outcomeOf(last), exitCode, elapsedMs, recap, inFlight: [] };
  } catch (error) {
    return { kind: 'damaged', id, time, problem: problemOf(error, folder) };
  }
}

/** When a run began, from its name. */
function timeOf(id: string): string {
  return id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*$/s, '$1-$2-$3T$4:$5:$6Z');
}

function outcomeOf({ exitCode, halted, waiting }: Extract<Event, { type: 'run.finished' }>): RunOutcome {
  if (exitCode === 130) return 'interrupted';
  if (waiting !== undefined) return 'waiting';
  if (halted) return 'halted';
  if (exitCode === 3) return 'drifted';
  return exitCode === 0 ? 'done' : 'failed';
}

function unfinished({ command }: RunRecord, { process }: Work, events: readonly Event[]) {
  const alive = process === undefined ? false : isAlive(process);
  const outcome: RunOutcome = alive === undefined ? 'open' : alive ? 'running' : 'killed';
  const rows = new Map<string, RecapRow>();
  const inFlight = new Set<string>();
  for (const event of events) {
    if (event.type === 'play.started')
      for (const host of event.hosts) rows.set(host, rows.get(host) ?? emptyRow(host));
    if (event.type === 'host.started') inFlight.add(event.host);
    if (event.type !== 'host.finished') continue;
    inFlight.delete(event.host);
    // A look ahead of a change is no end of it.
    const isLook = event.job === 'plan' || event.job === 'drift';
    if (isLook && command !== event.job) continue;
    const column = COLUMNS[event.outcome.kind];
    const row = rows.get(event.host) ?? emptyRow(event.host);
    if (event.job === 'undo' && (column === 'ok' || column === 'changed'))
      rows.set(event.host, { ...row, changed: row.changed - 1, rolledBack: row.rolledBack + 1 });
    else if (column !== undefined) rows.set(event.host, { ...row, [column]: row[column] + 1 });
  }
  // Who never came to an end was not brought to one.
  const recap = [...rows.values()].map((row) => (isBegun(row) ? row : { ...row, notStarted: 1 }));
  return { outcome, recap, inFlight: [...inFlight] };
}

const COLUMNS: Readonly<Record<string, Exclude<keyof RecapRow, 'host'>>> = {
  ok: 'ok',
  changed: 'changed',
  unreachable: 'unreachable',
  failed: 'failed',
  unknown: 'failed',
  rolled_back: 'rolledBack',
};

function emptyRow(host: string): RecapRow {
  return { host, ok: 0, changed: 0, unreachable: 0, failed: 0, rolledBack: 0, notStarted: 0 };
}

function isBegun({ host: _, ...counts }: RecapRow): boolean {
  return Object.values(counts).some((count) => count > 0);
}

function problemOf(error: unknown, folder: string): Problem {
  if (error instanceof ProblemsError && error.problems[0] !== undefined) return error.problems[0];
  const message = `This run can't be read: ${error instanceof Error ? error.message : String(error)}.`;
  return {
    code: 'journal-unreadable',
    file: folder,
    message,
    remedy: 'Its files were damaged or taken away.',
  };
}
