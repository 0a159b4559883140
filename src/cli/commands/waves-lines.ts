import type { Bake, RolloutPolicy, Size } from '../../playbook/model.ts';
import type { PlannedPlay } from '../../rollout/plan.ts';
import { formatBanner } from '../views/banner.ts';
import { count, listHosts } from '../views/host-list.ts';

/** Who goes when, and why, in lines. */
export function wavesLines(play: PlannedPlay, columns: number): readonly string[] {
  const { name, hosts, waves, policy, waits = {}, pairs = [] } = play;
  const inside = new Set(hosts);
  const outside = [...new Set(pairs.flat())].filter((host) => !inside.has(host));
  const late = waves.flatMap((wave) =>
    wave.hosts.flatMap((host) =>
      waits[host] === undefined ? [] : [`  ${host} waits for [${wave.title}]: ${waits[host]}`],
    ),
  );
  const width = Math.max(...waves.map(({ title }) => title.length));
  return [
    '',
    formatBanner(`PLAY [${name}]`, columns),
    ...(play.enforce === false
      ? ['enforce: false, so nothing is changed: all hosts are compared at once']
      : []),
    `${count(hosts.length, 'host')} in ${count(waves.length, 'wave')}: ${orderWords(policy)}`,
    '',
    ...waves.map(
      (wave) =>
        `${wave.title.padEnd(width)}  ${String(wave.hosts.length).padStart(4)}  ${namesOf(wave.hosts)}`,
    ),
    '',
    ...(late.length > 0 ? [...late, ''] : []),
    ...(outside.length > 0
      ? [`Looked at before their partners are changed, and not changed themselves: ${listHosts(outside)}`]
      : []),
    ...policyLines(policy),
  ];
}

/** Few by name, in the order in which they start; of many, who they are. */
function namesOf(hosts: readonly string[]): string {
  return hosts.length <= 20 ? hosts.join(', ') : listHosts(hosts);
}

function orderWords({ canary, serial, apart, order }: RolloutPolicy): string {
  return [
    `canary ${canaryWords(canary)}`,
    `serial ${serial.map(sizeWords).join(', ') || '100%'}`,
    ...(apart === undefined ? [] : [`apart by ${apart}`]),
    `order ${orderName(order)}`,
  ].join('; ');
}

function orderName(order: RolloutPolicy['order']): string {
  if (order.kind === 'shuffle') return 'shuffle, here as an example: each run draws another';
  return order.kind === 'by' ? `by ${order.variable}` : order.kind;
}

function canaryWords(canary: RolloutPolicy['canary']): string {
  switch (canary.kind) {
    case 'none':
      return 'none';
    case 'pattern':
      return canary.pattern;
    case 'one_per':
      return `one per ${canary.variable}`;
    default:
      return sizeWords(canary);
  }
}

function sizeWords(size: Size): string {
  return size.kind === 'count' ? String(size.count) : `${size.percentage}%`;
}

function policyLines({
  bake,
  pause,
  onFailure,
  maxFailPercentage,
  maxFailures,
}: RolloutPolicy): readonly string[] {
  const most = maxFailures === undefined ? '' : `, or more than ${count(maxFailures, 'host')}`;
  const back = {
    stop: 'what was confirmed before stays',
    rollback_wave: 'its wave is taken back',
    rollback_all: 'the whole run is taken back, the newest wave first',
  };
  const after = { after_check: 'the comparison', after_canary: 'the canary', after_wave: 'each wave' };
  return [
    `Halts when a canary fails, or more than ${maxFailPercentage} % of a wave or of the play fail${most}; then ${back[onFailure]}.`,
    ...(bake === undefined ? [] : [bakeWords(bake)]),
    ...(pause.length === 0
      ? []
      : [`A person approves after ${pause.map((one) => after[one]).join(' and ')}.`]),
  ];
}

function bakeWords({ seconds, everySeconds, drops }: Bake): string {
  const looks = `Each wave is watched for ${seconds} s, a look every ${everySeconds} s`;
  if (drops === undefined) return `${looks}.`;
  return `${looks}; more than ${drops.increasePercentage} % (and ${drops.atLeastPerSecond}/s) more drops than before it are a failure.`;
}
