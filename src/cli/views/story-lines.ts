import type { Event } from '../../rollout/events.ts';
import { type Question, waysOn } from '../../rollout/questions.ts';
import type { Colours } from './colours.ts';
import { count, listHosts } from './host-list.ts';

type EventOf<T extends Event['type']> = Extract<Event, { type: T }>;

/** `6 hosts in 3 waves: 1, 2, 3`; nothing for a single wave. */
export function waveLines(waves: readonly { readonly hosts: readonly string[] }[]): readonly string[] {
  if (waves.length < 2) return [];
  const sizes = waves.map(({ hosts }) => hosts.length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const shown = sizes.length > 8 ? `${sizes.slice(0, 7).join(', ')} … ${sizes.at(-1)}` : sizes.join(', ');
  return [`${count(total, 'host')} in ${count(waves.length, 'wave')}: ${shown}`];
}

/** What a gate that doesn't let a wave through does, in one line. */
export function gateLine(
  { decision, arithmetic }: EventOf<'gate.decided'>,
  wave: string,
  { red }: Colours,
): string {
  const acts = {
    proceed: 'went on after',
    halt: 'halted after',
    roll_back_wave: 'taking back',
    roll_back_all: 'taking back the whole run after',
  };
  return red(`gate: ${acts[decision]} [${wave}]: ${arithmetic}`);
}

export function bakingLine({ hosts, seconds, everySeconds }: EventOf<'wave.baking'>, wave: string): string {
  return `baking [${wave}] for ${seconds} s, a look every ${everySeconds} s: ${listHosts(hosts)}`;
}

export function bakedLine(
  { decision, arithmetic }: EventOf<'wave.baked'>,
  wave: string,
  { green, red }: Colours,
): string {
  if (decision === 'proceed') return green(`baked [${wave}]: ${arithmetic}`);
  const what = decision === 'roll_back_all' ? 'the whole run after' : '';
  return red(`bake: taking back ${what === '' ? '' : `${what} `}[${wave}]: ${arithmetic}`);
}

/** What the rules of a host drop: where they drop too much, which grew most. */
export function dropsLines(event: EventOf<'drops.compared'>, { red }: Colours): readonly string[] {
  const line = `drops: [${event.host}] ${event.arithmetic}`;
  if (!event.isOver) return [line];
  const grown = event.rules.map(
    ({ rule, before, after }) => `  ${after.toFixed(1)}/s, ${before.toFixed(1)}/s before: ${rule}`,
  );
  return [red(line), ...grown];
}

/** @param pause its number */
export function askedLine(
  { after }: EventOf<'approval.asked'>,
  pause: number,
  wave: string,
  { yellow }: Colours,
): string {
  const what =
    after === 'check' ? 'all gateways were compared, and none is changed' : `[${wave}] went through`;
  return yellow(`pause${pause === 1 ? '' : ` ${pause}`}: ${what}; the run goes on once a person approves`);
}

export function answeredLine({ answer, by }: EventOf<'approval.given'>, { green, red }: Colours): string {
  return answer === 'approve' ? green(`approved by ${by}`) : red(`aborted by ${by}`);
}

/** Of a rollback of the whole run: which wave goes back now. */
export function rollbackTitle({ play, hosts }: EventOf<'rollback.started'>, wave: string): string {
  return `ROLLBACK [${play}, ${wave}: ${listHosts(hosts, 4)}]`;
}

/** How a run that waits goes on. */
export function waitingLine(run: string, question: Question): string {
  return `Waiting for approval. ${waysOn(run, question)}`;
}

export function verifiedLines(
  { host, outcome, attempt }: EventOf<'host.verified'>,
  { red }: Colours,
): readonly string[] {
  if (!('problem' in outcome)) return [];
  return [red(`ill: [${host}] at look ${attempt}: ${outcome.problem.message}`)];
}

export function resumedLine({ operator, version }: EventOf<'run.resumed'>): string {
  return `resumed by ${operator}, sluice ${version}: what is above happened before`;
}
