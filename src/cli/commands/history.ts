import type { CommandModule } from 'yargs';
import { ProblemsError } from '../../problem.ts';
import type { Event } from '../../rollout/events.ts';
import { listHistory, readHistory, type StoredHistory } from '../operations/history.ts';
import { text, wholeNumber } from '../values.ts';
import { systemClock } from '../views/clock.ts';
import { createView } from '../views/create.ts';
import { visibleEvent, visibleLines } from '../views/visible.ts';
import { formatEnd, formatEvent, formatHead, formatSummary } from './history-lines.ts';
import { stdoutColours } from './hosts.ts';
import { exitCodes } from './run.ts';

type HistoryArguments = {
  readonly run: string | undefined;
  readonly host: string | undefined;
  readonly limit: string | undefined;
  readonly playbook: string | undefined;
  readonly number: number | undefined;
  readonly json: boolean;
};

/** `sluice history`: what was run, when, by whom and why, and what came of it? */
export const historyCommand: CommandModule<object, HistoryArguments> = {
  command: 'history [run] [host]',
  describe:
    'The runs in the journal, the newest first; of one run what happened, in words; of a host in it, with its diff',
  builder: (yargs) =>
    yargs
      .positional('run', {
        type: 'string',
        describe: 'A name or a part of it, latest, @1 for the one before it',
      })
      .positional('host', { type: 'string', describe: 'Only what happened to this host' })
      .option('limit', {
        alias: 'l',
        type: 'string',
        requiresArg: true,
        coerce: text('--limit'),
        describe: 'Only runs with this host (a name, or a glob)',
      })
      .option('playbook', {
        type: 'string',
        requiresArg: true,
        coerce: text('--playbook'),
        describe: 'Only runs of this playbook',
      })
      .option('number', {
        alias: 'n',
        type: 'string',
        requiresArg: true,
        coerce: wholeNumber('--number'),
        describe: 'So many at most',
      })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'One JSON object a run, or an event, and line',
      })
      .example('$0 history -n 5', 'the last five runs')
      .example('$0 history latest', 'what happened in the last one')
      .example('$0 history @1 gw-fra-1', 'to one gateway in the one before it')
      .epilogue(exitCodes) as never,
  handler: async (args) => {
    if (args.run === undefined) return showList(args);
    const history = await readHistory(process.cwd(), args.run);
    const events = args.host === undefined ? history.events : eventsOfHost(history, args.host);
    if (args.json) for (const event of events) write(JSON.stringify(event));
    else if (args.host === undefined) showRun(history);
    else showHost(history, events);
  },
};

async function showList({ limit, playbook, number, json }: HistoryArguments): Promise<void> {
  const runs = await listHistory(process.cwd(), { host: limit, playbook, most: number });
  const colours = stdoutColours();
  for (const run of runs)
    write(
      json ? JSON.stringify(run) : visibleLines(formatSummary(run)),
      run.kind === 'damaged' ? colours.red : (line) => line,
    );
  if (runs.length > 0) return;
  const isFiltered = limit !== undefined || playbook !== undefined;
  process.stderr.write(
    isFiltered && (await listHistory(process.cwd(), { most: 1 })).length > 0
      ? 'No such runs: --limit takes a host or a glob (no group), --playbook a file as it was named.\n'
      : 'No runs here: they are kept in .sluice, where apply was started.\n',
  );
}

/** As it was shown when it ran, with every check, and with what let each wave pass. */
function showRun({ summary, events }: StoredHistory): void {
  write(visibleLines(formatHead(summary)));
  const screen = { stream: process.stdout, colour: false, verbosity: 1, diff: true };
  const view = createView('plain', screen, { ...systemClock, after: () => () => undefined });
  for (const event of events) view.event(event);
  view.close();
  // The end of one that waits has said how it goes on.
  const end = summary.outcome === 'waiting' ? '' : formatEnd(summary, events);
  if (end !== '') write(visibleLines(end));
}

function showHost({ summary, events }: StoredHistory, ofHost: readonly Event[]): void {
  write(visibleLines(formatHead(summary)));
  for (const event of ofHost) {
    const line = formatEvent(visibleEvent(event));
    if (line !== undefined) write(line);
  }
  const end = formatEnd(summary, events);
  if (end !== '') write(visibleLines(end));
}

/** What happened to a host, and to the waves and plays that it was in. */
function eventsOfHost({ events, summary }: StoredHistory, host: string): readonly Event[] {
  const own = events.filter((event) => 'host' in event && event.host === host);
  if (own.length === 0 && !summary.recap.some((row) => row.host === host)) {
    throw new ProblemsError([unknownHost(host, summary.id)]);
  }
  const waves = new Set(
    own.flatMap((event) => ('wave' in event && 'play' in event ? [`${event.play} ${event.wave}`] : [])),
  );
  const diffs = new Set(own.flatMap((event) => (event.type === 'host.planned' ? [event.diff] : [])));
  const asked = new Set<string>();
  return events.filter((event) => {
    if ('host' in event) return event.host === host;
    switch (event.type) {
      case 'wave.started':
      case 'gate.decided':
        return waves.has(`${event.play} ${event.wave}`);
      case 'approval.asked':
        if (waves.has(`${event.play} ${event.wave}`)) asked.add(event.name);
        return asked.has(event.name);
      case 'approval.given':
        return asked.has(event.name);
      case 'plan.diff':
        return diffs.has(event.id);
      default:
        return event.type === 'interrupt.received' || event.type === 'run.resumed';
    }
  });
}

function unknownHost(host: string, run: string) {
  const remedy = `sluice history ${run} shows its hosts.`;
  return { code: 'host-unknown', message: `"${host}" is no host of run ${run}`, remedy };
}

function write(line: string, paint: (line: string) => string = (text) => text): void {
  process.stdout.write(`${paint(line)}\n`);
}
