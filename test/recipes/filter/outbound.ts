import { describe, expect, test } from 'vitest';
import { tally } from '../tally.ts';
import { BRIEF, type World } from '../world.ts';
import { ANYBODY, BASE, FAMILIES, type Family } from './common.ts';

/** What the gateway may ask of others, and what it takes for an answer. */
export function outbound(world: () => World): void {
  describe.each(FAMILIES)('outbound policy, %s', (family) => {
    const backend = (index: number) => addressOf(world().backends[index], family);
    const gateway = () => addressOf(world().gateway, family);

    test('the gateway reaches its resolvers, time servers and mirrors by their ports alone; nothing hangs', async () => {
      await world().load('outbound');
      const listening = [
        ['b1', 0, 53],
        ['b2', 1, 53],
        ['b2', 1, 123],
        ['b3', 2, 443],
      ] as const;
      for (const [at, index, port] of listening) await world().listen(at, backend(index), port);
      const ask = async (index: number, port: number, isUdp = false) =>
        tally(await world().connect('gw1', backend(index), port, { count: 3, isUdp }));
      expect([await ask(0, 53, true), await ask(0, 53)]).toEqual([{ b1: 3 }, { b1: 3 }]);
      expect(await ask(1, 123, true)).toEqual({ b2: 3 });
      expect([await ask(2, 80), await ask(2, 443)]).toEqual([{ b3: 3 }, { b3: 3 }]);
      const refused = [await ask(1, 53, true), await ask(1, 53), await ask(1, 123), await ask(0, 80)];
      expect(refused).toEqual(Array(4).fill({ refused: 3 }));
      await world().sh('gw1', `ping -c 1 -W 20 ${backend(1)}`);
    });

    test('who may come in still does, and what is forwarded is none of its business', async () => {
      await world().load('outbound', {
        more: `${ANYBODY(7001)}*filter\n-A FORWARD -i wan -j ACCEPT\nCOMMIT\n`,
      });
      await world().listen('gw1', gateway(), 7001);
      const ask = async (host: string, port: number) =>
        tally(await world().connect('client', host, port, { count: 3 }));
      expect(await ask(gateway(), 22)).toEqual({ sshd: 3 });
      expect(await ask(gateway(), 7001)).toEqual({ gw1: 3 });
      expect(await ask(backend(0), 80)).toEqual({ b1: 3 });
    });

    test('mistake: accepting --sport 53 lets in whoever sends from port 53; ESTABLISHED alone does not', async () => {
      const ask = async (sourcePort: number, isUdp: boolean) => {
        const how = { sourcePort, isUdp, patienceMs: BRIEF, sources: [addressOf(CLIENT, family)] };
        return tally(await world().connect('client', gateway(), 7001, how));
      };
      await world().load(BASE);
      await world().listen('gw1', gateway(), 7001);
      expect([await ask(53, true), await ask(53, false)]).toEqual([{ filtered: 1 }, { filtered: 1 }]);
      const mistake = '-A INPUT -p udp --sport 53 -j ACCEPT\n-A INPUT -p tcp --sport 53 -j ACCEPT\n';
      await world().load(BASE, { more: `*filter\n${mistake}COMMIT\n` });
      await expect.poll(() => ask(53, true), { timeout: 60_000 }).toEqual({ gw1: 1 });
      await expect.poll(() => ask(53, false), { timeout: 60_000 }).toEqual({ gw1: 1 });
      expect([await ask(5353, true), await ask(5353, false)]).toEqual([{ filtered: 1 }, { filtered: 1 }]);
    });
  });
}

const CLIENT = { address: '10.64.255.2', address6: 'fd00:64::c:2' };

function addressOf(
  place: { readonly address: string; readonly address6: string } | undefined,
  family: Family,
): string {
  if (place === undefined) throw new Error('there is no such place');
  return family === 'ipv4' ? place.address : place.address6;
}
