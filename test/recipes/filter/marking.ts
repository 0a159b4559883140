import { expect, test } from 'vitest';
import { tally } from '../tally.ts';
import type { PlaceName, World } from '../world.ts';
import { addressOf, type Family, inBothFamilies } from './common.ts';

/** What the next machine on the way sees in the header: packets by DSCP and TOS, counted where they arrive. */
export function marking(world: () => World): void {
  const [AT_B1, AT_CLIENT] = [
    [
      '--dport 80 -m dscp --dscp-class AF21',
      '--dport 80 -m dscp ! --dscp-class AF21',
      '--dport 873 -m tos --tos 0x08/0xff',
      '--dport 873 -m tos ! --tos 0x08/0xff',
      '--dport 7001 -m dscp --dscp 0',
      '--dport 7001 -m dscp ! --dscp 0',
    ],
    ['--sport 80 -m dscp --dscp-class AF21', '--sport 80 -m dscp ! --dscp-class AF21'],
  ];
  const watch = (at: PlaceName, family: Family, matches: readonly string[], more = '') => {
    const rules = matches.map((match) => `-A PREROUTING -p tcp ${match}\n`).join('');
    return world().sh(at, `${programOf(family)}-restore`, `*raw\n${rules}COMMIT\n*mangle\n${more}COMMIT\n`);
  };
  const seen = async (at: PlaceName, family: Family, table = 'raw') => {
    const saved = await world().sh(at, `${programOf(family)}-save -c -t ${table}`);
    return [...saved.matchAll(/^\[(\d+):\d+\] -A/gm)].map(([, packets]) => Number(packets) > 0);
  };

  test('marking: both directions carry their marks on the wire; what strangers mark arrives without', async () => {
    await world().load('marking');
    await inBothFamilies(async (family) => {
      const host = addressOf(world().backends[0], family);
      await watch('b1', family, AT_B1);
      await watch('client', family, AT_CLIENT, '-A OUTPUT -p tcp --dport 7001 -j DSCP --set-dscp-class EF\n');
      for (const port of [873, 7001]) await world().listen('b1', host, port);
      for (const port of [80, 873, 7001])
        expect(tally(await world().connect('client', host, port, { count: 3 }))).toEqual({ b1: 3 });
      expect(await seen('b1', family)).toEqual([true, false, true, false, true, false]);
      expect([await seen('client', family), await seen('client', family, 'mangle')]).toEqual([
        [true, false],
        [true],
      ]);
      for (const at of ['b1', 'client'] as const) await watch(at, family, []);
    });
  });
}

function programOf(family: Family): string {
  return family === 'ipv4' ? 'iptables' : 'ip6tables';
}
