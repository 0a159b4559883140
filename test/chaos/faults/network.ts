import { must } from '../gateway.ts';
import { healNetwork } from '../reset.ts';
import type { Inject } from '../stage.ts';

export const linkDown: Inject = async ({ gateway }) => {
  await must([...gateway.fabric, 'ip', 'link', 'set', gateway.port, 'down']);
  return () => healNetwork(gateway);
};

/** Drops at the bridge's side of the cable, which nobody manages: `out` is what the gateway sends, `in` what it gets. */
const drop =
  (directions: readonly ('in' | 'out')[], match: string): Inject =>
  async ({ gateway }) => {
    const chains = directions.map((direction) => {
      const hook = direction === 'out' ? 'ingress' : 'egress';
      return `chain ${direction} { type filter hook ${hook} device "${gateway.port}" priority 0; ${match} drop; }`;
    });
    const table = `chaos-${gateway.port}`;
    const text = `add table netdev ${table}\ndelete table netdev ${table}\ntable netdev ${table} {\n${chains.join('\n')}\n}\n`;
    await must([...gateway.fabric, 'nft', '-f', '-'], text);
    return () => healNetwork(gateway);
  };

export const losePackets = drop(['in', 'out'], 'numgen random mod 100 < 30');
export const cutIn = drop(['in'], '');
export const cutOut = drop(['out'], '');
