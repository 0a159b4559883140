import { expect, test } from 'vitest';
import { onEachEngine } from './each-engine.ts';
import { sourcesSeen, tally } from './tally.ts';
import { BRIEF, onlyIpv4 } from './world.ts';

const EVEN = { b1: 100, b2: 100, b3: 100 };
const KEEPING = { vars: { keep_source: true, lan: ['10.65.0.0/16', 'fd00:65::/64'] } };

await onEachEngine('reverse proxy', (world) => {
  test('shares out exactly, over both families; backends see the gateway', async () => {
    const { load, connect, gateway, clients, clients6 } = world();
    await load('reverse-proxy');
    const four = await connect('client', gateway.address, 80, { count: 300, sources: clients });
    const six = await connect('client', gateway.address6, 80, { count: 300, sources: clients6 });
    expect([tally(four), tally(six)]).toEqual([EVEN, EVEN]);
    expect([sourcesSeen(four), sourcesSeen(six)]).toEqual([['10.65.0.1'], ['fd00:65::1']]);
  });

  test("keeps the client's address where it is told to", async () => {
    const { load, connect, gateway, clients, clients6 } = world();
    await load('reverse-proxy', KEEPING);
    const four = await connect('client', gateway.address, 80, { count: 300, sources: clients });
    const six = await connect('client', gateway.address6, 80, { count: 300, sources: clients6 });
    expect([tally(four), tally(six)]).toEqual([EVEN, EVEN]);
    expect(sourcesSeen(four)).toEqual([...clients].sort());
    expect(sourcesSeen(six)).toEqual([...clients6].sort());
  });

  test.each([
    ['the gateway', {}],
    ['the client', KEEPING],
  ])(
    'where backends see %s, neighbours, backends and the gateway itself are clients too',
    async (_, changes) => {
      const { load, connect, gateway } = world();
      await load('reverse-proxy', changes);
      for (const from of ['neighbour', 'b1', 'gw1'] as const) {
        for (const host of [gateway.address, gateway.address6]) {
          const seen = await connect(from, host, 80, { count: 30 });
          expect([from, host, tally(seen)]).toEqual([from, host, { b1: 10, b2: 10, b3: 10 }]);
          expect(sourcesSeen(seen)).toEqual([host.includes(':') ? 'fd00:65::1' : '10.65.0.1']);
        }
      }
    },
  );

  test('without the masquerade of the hairpin, a neighbour gets its answers from a stranger', async () => {
    const { load, connect, gateway } = world();
    // The network of the neighbours is said to be another one.
    await load('reverse-proxy', { vars: { keep_source: true, lan: ['10.66.0.0/16', 'fd00:66::/64'] } });
    const seen = await connect('neighbour', gateway.address, 80, { count: 6, patienceMs: BRIEF });
    expect(tally(seen)).toEqual({ filtered: 6 });
  });

  test("leaves alone what isn't for its address: the backends' own requests, the gateway's SSH", async () => {
    const { load, connect, listen, gateway, backends } = world();
    await load('reverse-proxy', { more: '*filter\n-A FORWARD -i lan -o wan -j ACCEPT\nCOMMIT\n' });
    await listen('client', '0.0.0.0', 80);
    const outbound = await connect('b1', '10.64.255.2', 80, { count: 9 });
    expect([tally(outbound), sourcesSeen(outbound)]).toEqual([{ client: 9 }, [backends[0]?.address]]);
    for (const host of [gateway.address, gateway.address6])
      expect(tally(await connect('client', host, 22, { count: 3 }))).toEqual({ sshd: 3 });
    const elsewhere = await connect('client', gateway.address, 81, { patienceMs: BRIEF });
    expect(tally(elsewhere)).toEqual({ filtered: 1 });
  });

  test("unscoped, as articles write it, it hijacks the backends' own requests", async () => {
    const { load, connect, listen } = world();
    const unscoped =
      '*nat\n-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 10.65.255.1:80\nCOMMIT\n';
    await load('reverse-proxy', { more: onlyIpv4(`${unscoped}*filter\n-A FORWARD -j ACCEPT\nCOMMIT\n`) });
    await listen('client', '0.0.0.0', 80);
    const outbound = await connect('b2', '10.64.255.2', 80, { count: 3, patienceMs: BRIEF });
    expect(tally(outbound)).toEqual({ filtered: 3 });
  });

  test('three rules of every 3 with packet 0, 1 and 2, as articles write it, leave a third unanswered', async () => {
    const { load, connect, gateway, backends } = world();
    const rules = backends.map(
      ({ address }, index) =>
        `-A PREROUTING -d ${gateway.address} -p tcp --dport 8888 -m statistic --mode nth --every 3 --packet ${index} -j DNAT --to-destination ${address}:80\n`,
    );
    const rest =
      '*filter\n-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT\n-A INPUT -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n';
    await load('reverse-proxy', { more: onlyIpv4(`*nat\n${rules.join('')}COMMIT\n${rest}`) });
    const seen = tally(await connect('client', gateway.address, 8888, { count: 300 }));
    expect(seen.refused).toBeGreaterThan(60);
  });
});
