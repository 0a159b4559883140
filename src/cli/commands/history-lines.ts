import type { RunOutcome, RunSummary } from '../../journal/summary.ts';
import { formatProblem } from '../../problem.ts';
import type { Event } from '../../rollout/events.ts';
import { PAUSED_AFTER, questionOf, waysOn } from '../../rollout/questions.ts';
import { NO_COLOURS } from '../views/colours.ts';
import { formatDuration } from '../views/duration.ts';
import { checkLines, reasonOf, rolledBackLines } from '../views/host-lines.ts';
import { count, listHosts } from '../views/host-list.ts';
import { type Fate, fateOf } from '../views/recap.ts';

type KnownRun = Extract<RunSummary, { kind: 'run' }>;

/** A run in a line or two: `RUN  done  apply edge.yml (1b8f1b6, clean) by me@here: 3 changed`, and why. */
export function formatSummary(summary: RunSummary): string {
  if (summary.kind === 'damaged') {
    return `${summary.id}  ${'damaged'.padEnd(11)}  ${formatProblem(summary.problem)}`;
  }
  const { id, outcome } = summary;
  const line = `${id}  ${WORDS[outcome].padEnd(11)}  ${what(summary)} by ${who(summary)}: ${counts(summary)}`;
  const reason = summary.run.reason === undefined ? [] : [`    why: ${oneLine(summary.run.reason)}`];
  const loose =
    summary.inFlight.length === 0
      ? []
      : [`    in flight when it was last heard of: ${listHosts(summary.inFlight)}`];
  return [line, ...reason, ...loose].join('\n');
}

/** What a run was, before what happened in it. */
export function formatHead(summary: KnownRun): string {
  const { id, time, run, elapsedMs } = summary;
  const took = elapsedMs === undefined ? '' : `, ${formatDuration(elapsedMs)}`;
  const facts = [
    `run ${id}`,
    `when:    ${time}${took}`,
    `who:     ${who(summary)}, sluice ${run.version}`,
    ...(run.reason === undefined ? [] : [`why:     ${oneLine(run.reason)}`]),
    `what:    ${what(summary)} on ${run.inventories.join(', ')}`,
    `outcome: ${WORDS[summary.outcome]}: ${counts(summary)}`,
  ];
  return `${facts.join('\n')}\n`;
}

/** What is to be said of a run without an end; nothing of one that has it. */
export function formatEnd({ id, outcome, inFlight, run, work }: KnownRun, events: readonly Event[]): string {
  const hosts = inFlight.length === 0 ? 'No host was in flight.' : `In flight: ${listHosts(inFlight)}.`;
  const question = questionOf(events);
  const waits = (who: string) =>
    question === undefined ? '' : `${who} waits for approval. ${waysOn(id, question)}`;
  const ask =
    inFlight.length === 0
      ? ''
      : ` A gateway takes back what isn't confirmed: sluice status ${inFlight.join(',')}`;
  switch (outcome) {
    case 'killed':
      return `\nThis run has no end: it was killed. ${hosts}${ask}\n${waits('It') || `Go on with it: sluice resume ${id}`}`;
    case 'open':
      return `\nThis run has no end yet, and ${work?.process?.host ?? 'another machine'} is where to ask whether it goes on. ${hosts}${ask}${waits(' As far as is known here, it')}`;
    case 'running':
      return `\nThis run goes on (process ${work?.process?.pid}${work?.operator === undefined ? '' : `, taken up by ${work.operator}`}). ${hosts}${waits(' It')}`;
    case 'waiting':
      return waits('\nThis run');
    case 'interrupted':
      return run.command === 'apply' ? `\nGo on with it: sluice resume ${id}` : '';
    default:
      return '';
  }
}

/** An event of a host, or of its wave, in a line or more; nothing for what another line says. */
export function formatEvent(event: Event): string | undefined {
  const text = wordsOf(event);
  return text === undefined ? undefined : `${event.time.slice(11, 23)} ${text}`;
}

function wordsOf(event: Event): string | undefined {
  switch (event.type) {
    case 'wave.started':
      return `play ${event.play} [${event.title}: ${listHosts(event.hosts, 4)}]`;
    case 'host.started':
      return `${event.host}: attempt ${event.attempt}`;
    case 'host.connected':
      return `logged in (${formatDuration(event.elapsedMs)})`;
    case 'plan.diff':
      return `what would change:\n${event.text.trimEnd()}`;
    case 'host.planned':
      return [`planned: +${event.added} -${event.removed}`, ...event.notes].join('; ');
    case 'host.armed':
      return `armed: the gateway takes it back by itself unless it is confirmed within ${event.deadlineSeconds} s`;
    case 'host.applied':
      return `applied, and on trial (${formatDuration(event.elapsedMs)})`;
    case 'check.observed':
      return checkLines(event, NO_COLOURS)
        .map((line) => line.trim())
        .join(' ');
    case 'host.confirmed':
      return 'confirmed';
    case 'host.rolledBack':
      return rolledBackLines(event, NO_COLOURS).join('\n');
    case 'host.finished': {
      const { outcome } = event;
      const why = 'problem' in outcome ? `: ${reasonOf(outcome.problem)}` : '';
      return `ended: ${outcome.kind.replace('_', ' ')}${why}`;
    }
    case 'gate.decided':
      return `gate: ${event.decision.replaceAll('_', ' ')} after this wave of play ${event.play}: ${event.arithmetic}`;
    case 'approval.asked':
      return `paused after ${PAUSED_AFTER[event.after]} of play ${event.play}: a person must approve`;
    case 'approval.given':
      return `${event.answer === 'approve' ? 'approved' : 'aborted'} by ${event.by}`;
    case 'run.resumed':
      return `resumed by ${event.operator}`;
    case 'interrupt.received':
      return `${event.signal}: no further host is started`;
    default:
      return undefined;
  }
}

const WORDS: Readonly<Record<RunOutcome, string>> = {
  done: 'done',
  drifted: 'drifted',
  failed: 'failed',
  halted: 'halted',
  interrupted: 'interrupted',
  waiting: 'waiting',
  running: 'running',
  killed: 'killed',
  open: 'no end',
};

function who({ run }: KnownRun): string {
  return run.schedule === undefined ? run.operator : `${run.operator} (schedule ${run.schedule})`;
}

function what({ run }: KnownRun): string {
  const to = run.to === undefined ? '' : ` to ${run.to},`;
  const at =
    run.git === undefined
      ? ''
      : ` (${run.git.revision.slice(0, 9)}, ${run.git.clean ? 'clean' : 'not clean'})`;
  return `${run.command}${to} ${run.playbook}${at}`;
}

const FATES: readonly Fate[] = ['changed', 'ok', 'rolled back', 'failed', 'unreachable', 'not started'];

/** A comparison changes nothing: what would be changed has drifted. */
const COMPARED: Partial<Record<Fate, string>> = { changed: 'drifted', ok: 'in compliance' };

/** Nothing was to be changed, so nobody is in line. */
const VERIFIED: Partial<Record<Fate, string>> = { ok: 'well' };

function counts({ recap, run }: KnownRun): string {
  const fates = recap.map(fateOf);
  const words = run.command === 'drift' ? COMPARED : run.command === 'verify' ? VERIFIED : {};
  const parts = FATES.map((fate) => [fates.filter((one) => one === fate).length, fate] as const);
  const some = parts
    .filter(([number]) => number > 0)
    .map(([number, fate]) => `${number} ${words[fate] ?? fate}`);
  return some.length === 0 ? count(0, 'host') : some.join(', ');
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
