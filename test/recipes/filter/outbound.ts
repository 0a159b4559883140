import { expect, test } from 'vitest';
import { tally } from '../tally.ts';
import { BRIEF, type PlaceName, type World } from '../world.ts';
import { ANYBODY, addressOf, BASE, CLIENT, type Family, inBothFamilies, packetsOf } from './common.ts';

/** What the gateway may ask of others, and what it takes for an answer. */
export function outbound(world: () => World): void {
  const ask = async (from: PlaceName, host: string, port: number, isUdp = false) =>
    tally(await world().connect(from, host, port, { count: 3, isUdp }));

  test('outbound policy: the gateway reaches its resolvers, time servers and mirrors by their ports alone; nothing hangs', async () => {
    await world().load('outbound', {
      more: `${ANYBODY(7001)}*filter\n-A FORWARD -i wan -j ACCEPT\nCOMMIT\n`,
    });
    await inBothFamilies(async (family) => {
      const gateway = addressOf(world().gateway, family);
      const [b1 = '', b2 = '', b3 = ''] = world().backends.map((backend) => addressOf(backend, family));
      await Promise.all([
        world().listen('b1', b1, 53),
        ...[53, 123].map((port) => world().listen('b2', b2, port)),
        world().listen('b3', b3, 443),
        world().listen('gw1', gateway, 7001),
      ]);
      expect([await ask('gw1', b1, 53, true), await ask('gw1', b1, 53)]).toEqual([{ b1: 3 }, { b1: 3 }]);
      expect(await ask('gw1', b2, 123, true)).toEqual({ b2: 3 });
      expect([await ask('gw1', b3, 80), await ask('gw1', b3, 443)]).toEqual([{ b3: 3 }, { b3: 3 }]);
      const notTheirs = [
        ask('gw1', b2, 53, true),
        ask('gw1', b2, 53),
        ask('gw1', b2, 123),
        ask('gw1', b1, 80),
      ];
      expect(await Promise.all(notTheirs)).toEqual(Array(4).fill({ refused: 3 }));
      expect(await packetsOf(world(), family, /^-A OUTBOUND .*--log-prefix "outbound: "/)).toBeGreaterThan(0);
      await world().sh('gw1', `ping -c 1 -W 20 ${b2}`);
      // Who may come in still does, and what is forwarded is none of its business.
      expect([await ask('client', gateway, 22), await ask('client', gateway, 7001)]).toEqual([
        { sshd: 3 },
        { gw1: 3 },
      ]);
      expect(await ask('client', b1, 80)).toEqual({ b1: 3 });
    });
  });

  test('outbound policy: a session of the operator lives on, though conntrack has never heard of it', async () => {
    await world().load('outbound');
    const { lab, gateway } = world();
    const options = [`UserKnownHostsFile=${lab.knownHostsFile}`, 'BatchMode=yes', 'ServerAliveInterval=5'];
    const ssh = ['ssh', '-F', 'none', '-i', lab.keyFile, ...options.flatMap((option) => ['-o', option])];
    for (const host of [gateway.address, gateway.address6]) {
      const command = [...ssh, `root@${host}`, 'conntrack -F 2>/dev/null; echo still here'];
      expect(await lab.exec('controller', command)).toMatchObject({ code: 0, stdout: 'still here\n' });
    }
  });

  test('mistake: accepting --sport 53 lets in whoever sends from port 53; ESTABLISHED alone does not', async () => {
    const askFrom = async (sourcePort: number, family: Family, isUdp: boolean) => {
      const how = { sourcePort, isUdp, patienceMs: BRIEF, sources: [addressOf(CLIENT, family)] };
      return tally(await world().connect('client', addressOf(world().gateway, family), 7001, how));
    };
    const outcomes = (sourcePort: number) => {
      const kinds = (['ipv4', 'ipv6'] as const).flatMap((family) => [
        askFrom(sourcePort, family, true),
        askFrom(sourcePort, family, false),
      ]);
      return Promise.all(kinds);
    };
    await world().load(BASE);
    await inBothFamilies((family) => world().listen('gw1', addressOf(world().gateway, family), 7001));
    expect(await outcomes(53)).toEqual(Array(4).fill({ filtered: 1 }));
    const mistake = '-A INPUT -p udp --sport 53 -j ACCEPT\n-A INPUT -p tcp --sport 53 -j ACCEPT\n';
    await world().load(BASE, { more: `*filter\n${mistake}COMMIT\n` });
    await expect.poll(() => outcomes(53), { timeout: 60_000 }).toEqual(Array(4).fill({ gw1: 1 }));
    expect(await outcomes(5353)).toEqual(Array(4).fill({ filtered: 1 }));
  });
}
