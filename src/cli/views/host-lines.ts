import { formatProblem, type Problem } from '../../problem.ts';
import type { Event } from '../../rollout/events.ts';
import type { Outcome } from '../../rollout/outcome.ts';
import type { Colours } from './colours.ts';
import { formatDuration } from './duration.ts';
import { count } from './host-list.ts';

/** How an attempt ended that was made. */
export type StartedOutcome = Exclude<Outcome, { kind: 'not_started' }>;

/** Of a diff, in lines. */
export type SizeOfChange = { readonly added: number; readonly removed: number; readonly moved?: number };

export type HostEnd = {
  readonly outcome: StartedOutcome;
  /** Rules added, removed and moved, where a plan was made. */
  readonly size: SizeOfChange | undefined;
  readonly elapsedMs: number | undefined;
};

/** How an attempt at a host ended, in Ansible's manner; the first line names outcome and host. */
export function hostEndLines({ outcome, size, elapsedMs }: HostEnd, colours: Colours): readonly string[] {
  const name = `[${outcome.host}]`;
  switch (outcome.kind) {
    case 'ok':
      return [colours.green(`ok: ${name}`)];
    case 'changed': {
      const rules = size === undefined ? [] : [sizeOf(size)];
      const facts = [...rules, ...(elapsedMs === undefined ? [] : [formatDuration(elapsedMs)])].join(', ');
      return [colours.yellow(`changed: ${name}${facts === '' ? '' : ` (${facts})`}`)];
    }
    case 'rolled_back':
      return reasoned(`rolled back: ${name}:`, reasonOf(outcome.problem), colours.red);
    case 'failed':
      return reasoned(`fatal: ${name}: FAILED! =>`, reasonOf(outcome.problem), colours.red);
    case 'unreachable':
      return reasoned(`fatal: ${name}: UNREACHABLE! =>`, reasonOf(outcome.problem), colours.red);
    case 'unknown':
      return reasoned(`fatal: ${name}: STATE UNKNOWN! =>`, reasonOf(outcome.problem), colours.red);
    case 'interrupted':
      return reasoned(`interrupted: ${name}:`, reasonOf(outcome.problem), colours.yellow);
  }
}

/** `+3 -1`, and `+3 -1 ~2` where rules only move. */
function sizeOf({ added, removed, moved = 0 }: SizeOfChange): string {
  return `+${added} -${removed}${moved > 0 ? ` ~${moved}` : ''}`;
}

/** A rollback at the moment it is known, with who acted. */
export function rolledBackLines(
  event: Extract<Event, { type: 'host.rolledBack' }>,
  colours: Colours,
): readonly string[] {
  return reasoned(`rolled back: [${event.host}] by ${event.by}:`, event.reason, colours.red);
}

/** What a check saw; the second line has what was tried, from where, and how long it took. */
export function checkLines(
  event: Extract<Event, { type: 'check.observed' }>,
  colours: Colours,
): readonly string[] {
  const { verdict, seen, expected } = event;
  const effort = `(${count(event.tries, 'try', 'tries')}, ${formatDuration(event.elapsedMs)})`;
  const sight = verdict === 'pass' ? seen : `expected ${expected}, saw ${seen}`;
  return [
    paintOf(event, colours)(`check ${wordOf(event)}: [${event.host}] ${event.check} =>`),
    paintOf(event, colours)(`    ${event.tried} from ${event.from}: ${sight} ${effort}`),
  ];
}

type Observed = Extract<Event, { type: 'check.observed' }>;

function wordOf({ verdict, isBefore, isIgnored, obstacle }: Observed): string {
  if (verdict === 'pass') return isBefore ? 'passes already' : 'passed';
  const word = obstacle === undefined ? { fail: 'failed', unknown: 'undecided' }[verdict] : 'not made';
  if (isBefore) return obstacle === undefined ? 'already failing' : word;
  return isIgnored ? `${word}, and ignored` : word;
}

function paintOf({ verdict, isBefore, isIgnored }: Observed, colours: Colours): (text: string) => string {
  if (verdict === 'pass') return colours.green;
  return verdict === 'unknown' || isBefore || isIgnored ? colours.yellow : colours.red;
}

/** What went wrong, with the file and line where there is one; without the host, which stands before it. */
export function reasonOf({ host: _, ...problem }: Problem): string {
  return formatProblem({ ...problem, remedy: '' });
}

/** A label and a text of one or more lines; the further ones are indented, so that none can pass for a line of ours. */
export function reasoned(label: string, reason: string, paint: (text: string) => string): readonly string[] {
  const [first = '', ...rest] = reason.trimEnd().split('\n');
  return [paint(`${label} ${first}`), ...rest.map((line) => paint(`    ${line}`))];
}
