import { describe, expect, test } from 'vitest';
import { tally } from '../tally.ts';
import type { PlaceName, World } from '../world.ts';
import { FAMILIES } from './common.ts';

/** What the next machine on the way sees in the header: packets by DSCP and TOS, counted where they arrive. */
export function marking(world: () => World): void {
  describe.each(FAMILIES)('marking, %s', (family) => {
    const iptables = family === 'ipv4' ? 'iptables' : 'ip6tables';
    const host = family === 'ipv4' ? '10.65.255.1' : 'fd00:65::b:1';
    const watch = async (at: PlaceName, rules: readonly string[]) =>
      world().sh(
        at,
        [`${iptables} -t raw -F`, ...rules.map((rule) => `${iptables} -t raw -A PREROUTING ${rule}`)].join(
          ' && ',
        ),
      );
    const seen = async (at: PlaceName) => {
      const listed = await world().sh(at, `${iptables} -t raw -vxnL PREROUTING`);
      return listed
        .split('\n')
        .slice(2, -1)
        .map((line) => Number(line.trim().split(/\s+/)[0]) > 0);
    };

    test('both directions carry their marks on the wire; what strangers mark arrives without', async () => {
      await world().load('marking');
      await world().listen('b1', host, 873);
      await world().listen('b1', host, 7001);
      await watch('b1', [
        '-p tcp --dport 80 -m dscp --dscp-class AF21',
        '-p tcp --dport 80 -m dscp ! --dscp-class AF21',
      ]);
      await watch('client', [
        '-p tcp --sport 80 -m dscp --dscp-class AF21',
        '-p tcp --sport 80 -m dscp ! --dscp-class AF21',
      ]);
      expect(tally(await world().connect('client', host, 80, { count: 3 }))).toEqual({ b1: 3 });
      expect([await seen('b1'), await seen('client')]).toEqual([
        [true, false],
        [true, false],
      ]);
      await watch('b1', [
        '-p tcp --dport 873 -m tos --tos 0x08/0xff',
        '-p tcp --dport 873 -m tos ! --tos 0x08/0xff',
      ]);
      expect(tally(await world().connect('client', host, 873))).toEqual({ b1: 1 });
      expect(await seen('b1')).toEqual([true, false]);
      await watch('b1', [
        '-p tcp --dport 7001 -m dscp --dscp 0',
        '-p tcp --dport 7001 -m dscp --dscp-class EF',
      ]);
      await world().sh(
        'client',
        `${iptables} -t mangle -A OUTPUT -p tcp --dport 7001 -j DSCP --set-dscp-class EF`,
      );
      expect(tally(await world().connect('client', host, 7001))).toEqual({ b1: 1 });
      expect(await seen('b1')).toEqual([true, false]);
      const marked = await world().sh('client', `${iptables} -t mangle -vxnL OUTPUT`);
      expect(Number(marked.split('\n')[2]?.trim().split(/\s+/)[0])).toBeGreaterThan(0);
      for (const at of ['b1', 'client'] as const)
        await world().sh(at, `${iptables} -t raw -F; ${iptables} -t mangle -F`);
    });
  });
}
