import type { Bake } from '../playbook/model.ts';
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
 * Emits `wave.baking`, `drops.compared` and `wave.baked`.
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
  const over: string[] = [];
  for (const host of hosts) {
    const [earlier, later] = [dropped.get(host), after.get(host)];
    if (!isRates(later)) {
      over.push(`${host}: what its rules drop could not be measured${reasonOf(later)}`);
      continue;
    }
    // A host that could not be measured before gave no measure to hold it to, and its change was proved since.
    if (!isRates(earlier)) continue;
    const compared = compareDrops(earlier, later, drops);
    runtime.emit({ type: 'drops.compared', play: place.play.id, wave: place.wave, host, ...compared });
    if (compared.isOver) over.push(`${host}: ${compared.arithmetic}`);
  }
  if (over.length > 0) return { kind: 'failed', arithmetic: over.join('; ') };
  return { kind: 'well', arithmetic: `${well}, and they drop no more than before` };
}

function isRates(
  measure: ReturnType<Measured['get']>,
): measure is Exclude<typeof measure, Outcome | undefined> {
  return Array.isArray(measure);
}

function reasonOf(measure: ReturnType<Measured['get']>): string {
  return measure !== undefined && 'problem' in measure ? `: ${measure.problem.message}` : '';
}

function illWords(ill: readonly Outcome[], total: number, look: number): string {
  const first = ill.flatMap((outcome) =>
    'problem' in outcome ? [`${outcome.host}: ${outcome.problem.message}`] : [],
  );
  const shown = first.slice(0, 3).join('; ');
  const more = first.length > 3 ? `; and ${first.length - 3} more` : '';
  return `${ill.length} of ${hostsWords(total)} failed while baking, at look ${look} (${shown}${more})`;
}
