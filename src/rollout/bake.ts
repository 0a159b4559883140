import type { Bake, DropsWatch } from '../playbook/model.ts';
import type { Problem } from '../problem.ts';
import { compareDrops } from './drops.ts';
import { type Decision, hosts as hostsWords } from './gate.ts';
import { verifyJob, type WavePlace } from './jobs.ts';
import { type Measured, measured } from './measure.ts';
import type { Outcome } from './outcome.ts';
import { isChange, isInterrupted } from './passage.ts';
import type { Runtime } from './runtime.ts';

export type Baked =
  | { readonly kind: 'baked' }
  | { readonly kind: 'interrupted' }
  | {
      readonly kind: 'failed';
      readonly decision: Extract<Decision, 'roll_back_wave' | 'roll_back_all'>;
      readonly arithmetic: string;
    };

/**
 * Watches the hosts that a wave changed, for as long as its play says: a new login and the checks of each, again and again, and at
 * the end what their rules drop. The first failure ends it. A wave that changed nobody has nothing to bake.
 *
 * Emits `wave.baking`, `drops.compared` and `wave.baked`, and a `warning` where drops can't be compared.
 * @param dropped what rules dropped before the wave, where that is watched
 */
export async function bake(
  place: WavePlace,
  outcomes: readonly Outcome[],
  dropped: Measured | undefined,
  runtime: Runtime,
): Promise<Baked> {
  const { play, wave } = place;
  const { bake: policy, onFailure } = play.policy;
  const hosts = outcomes.filter(isChange).map(({ host }) => host);
  if (policy === undefined || hosts.length === 0) return { kind: 'baked' };
  const { seconds, everySeconds } = policy;
  runtime.emit({ type: 'wave.baking', play: play.id, wave, hosts, seconds, everySeconds });
  const watched = await watch(place, hosts, policy, dropped, runtime);
  if (watched.kind === 'interrupted') return watched;
  const decision = onFailure === 'rollback_all' ? 'roll_back_all' : 'roll_back_wave';
  const told = { type: 'wave.baked' as const, play: play.id, wave };
  if (watched.kind === 'failed') {
    runtime.emit({ ...told, decision, arithmetic: watched.arithmetic });
    return { kind: 'failed', decision, arithmetic: watched.arithmetic };
  }
  runtime.emit({ ...told, decision: 'proceed', arithmetic: watched.arithmetic });
  return { kind: 'baked' };
}

type Watched =
  | { readonly kind: 'well' | 'failed'; readonly arithmetic: string }
  | { readonly kind: 'interrupted' };

async function watch(
  place: WavePlace,
  hosts: readonly string[],
  { seconds, everySeconds, drops }: Bake,
  dropped: Measured | undefined,
  runtime: Runtime,
): Promise<Watched> {
  const key = `p${place.playIndex}.w${place.wave}.bake`;
  const looks = Math.ceil(seconds / everySeconds);
  for (let look = 1; look <= looks; look++) {
    const isLast = look === looks;
    await runtime.sleep(
      `${key}.${look}`,
      (isLast ? seconds - everySeconds * (looks - 1) : everySeconds) * 1000,
    );
    if (await isInterrupted(runtime)) return { kind: 'interrupted' };
    const jobs = hosts.map((host) => verifyJob(place, host, look));
    const seen = await runtime.runHosts(`${key}.${look}`, jobs, () => true);
    if (await isInterrupted(runtime)) return { kind: 'interrupted' };
    const ill = seen.filter(({ kind }) => kind !== 'ok');
    if (ill.length > 0) return { kind: 'failed', arithmetic: illWords(ill, hosts.length, look) };
  }
  const lookWords = looks === 1 ? '1 look' : `${looks} looks`;
  const well = `all checks of ${hostsWords(hosts.length)} passed in ${lookWords} over ${seconds} s`;
  if (drops === undefined || dropped === undefined) return { kind: 'well', arithmetic: well };
  const after = await measured(place, hosts, 'after', drops, runtime);
  if (await isInterrupted(runtime)) return { kind: 'interrupted' };
  const blind =
    drops.rules.length === 0
      ? []
      : hosts.filter((host) => isEmpty(dropped.get(host)) && isEmpty(after.get(host)));
  if (blind.length > 0)
    runtime.emit({ type: 'warning', problem: watchesNothing(drops, blind, hosts.length) });
  const over: string[] = [];
  let compared = 0;
  for (const host of hosts) {
    const [earlier, later] = [dropped.get(host), after.get(host)];
    if (!isRates(later)) {
      over.push(`${host}: what its rules drop could not be measured${reasonOf(later)}`);
      continue;
    }
    // A host that could not be measured before gave no measure to hold it to, and its change was proved since.
    if (!isRates(earlier)) {
      runtime.emit({ type: 'warning', problem: notCompared(host, reasonOf(earlier)) });
      continue;
    }
    compared += 1;
    const comparison = compareDrops(earlier, later, drops);
    runtime.emit({ type: 'drops.compared', play: place.play.id, wave: place.wave, host, ...comparison });
    if (comparison.isOver) over.push(`${host}: ${comparison.arithmetic}`);
  }
  if (over.length > 0) {
    const arithmetic = `${over.length} of ${hostsWords(hosts.length)} fail by what their rules drop (${firstFew(over)})`;
    return { kind: 'failed', arithmetic };
  }
  const who = compared === hosts.length ? 'they' : `${compared} of them`;
  return { kind: 'well', arithmetic: `${well}, and what ${who} drop is within the limit` };
}

function isRates(
  measure: ReturnType<Measured['get']>,
): measure is Exclude<typeof measure, Outcome | undefined> {
  return Array.isArray(measure);
}

function isEmpty(measure: ReturnType<Measured['get']>): boolean {
  return isRates(measure) && measure.length === 0;
}

function reasonOf(measure: ReturnType<Measured['get']>): string {
  return measure !== undefined && 'problem' in measure ? `: ${measure.problem.message}` : '';
}

function illWords(ill: readonly Outcome[], total: number, look: number): string {
  const first = ill.flatMap((outcome) =>
    'problem' in outcome ? [`${outcome.host}: ${outcome.problem.message}`] : [],
  );
  return `${ill.length} of ${hostsWords(total)} failed while baking, at look ${look} (${firstFew(first)})`;
}

/** Each of a thousand hosts that go back is told why: three reasons are enough. */
function firstFew(reasons: readonly string[]): string {
  const more = reasons.length > 3 ? [`and ${reasons.length - 3} more`] : [];
  return [...reasons.slice(0, 3), ...more].join('; ');
}

/** A misspelt rule would never drop anything, and every bake would pass. */
function watchesNothing({ rules }: DropsWatch, hosts: readonly string[], total: number): Problem {
  const few = [...hosts.slice(0, 3), ...(hosts.length > 3 ? ['…'] : [])].join(', ');
  return {
    code: 'drops-of-no-rule',
    message: `bake.drops: no rule of ${hosts.length} of ${hostsWords(total)} is one of those to be watched (${rules.join(', ')}): ${few}`,
    remedy: 'Write rules as iptables-save does, from -A or -P on, with * for any text.',
  };
}

function notCompared(host: string, reason: string): Problem {
  return {
    code: 'drops-not-compared',
    host,
    message: `what its rules drop could not be measured before the wave, so that nothing is said of it now${reason}`,
    remedy: 'Its checks passed; look at its counters (iptables -vL) to know more.',
  };
}
