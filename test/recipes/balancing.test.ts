import { expect, test } from 'vitest';
import type { Outcome } from './agent.ts';
import { onEachEngine } from './each-engine.ts';
import { beyondChance, tally } from './tally.ts';
import { onlyIpv4 } from './world.ts';

const THIRDS = { b1: 1 / 3, b2: 1 / 3, b3: 1 / 3 };
/** As the lab's inventory weighs its backends. */
const WEIGHTS = { b1: 3 / 5, b2: 1 / 5, b3: 1 / 5 };

/** Who answered each client, by the order of the clients. */
const answerers = (outcomes: readonly Outcome[]) =>
  outcomes.map((outcome) => (outcome.end === 'answered' ? outcome.by : outcome.end));

await onEachEngine('load balancing', (world) => {
  test('round robin is in turn: whoever asks, and one after the other', async () => {
    const { load, connect, gateway, clients } = world();
    await load('reverse-proxy');
    const inTurn = answerers(
      await connect('client', gateway.address, 80, { count: 9, atOnce: 1, sources: clients }),
    );
    expect(inTurn).toEqual(['b1', 'b2', 'b3', 'b1', 'b2', 'b3', 'b1', 'b2', 'b3']);
  });

  test.each([
    ['random', THIRDS],
    ['weighted-random', WEIGHTS],
  ])('%s keeps to its shares within what chance allows, and leaves nobody out', async (playbook, shares) => {
    const { load, connect, gateway } = world();
    await load(playbook);
    const four = tally(await connect('client', gateway.address, 80, { count: 400 }));
    const six = tally(await connect('client', gateway.address6, 80, { count: 200 }));
    expect([beyondChance(four, shares), beyondChance(six, shares)]).toEqual([[], []]);
  });

  test('chances of a third each, as articles write them, refuse three of ten', async () => {
    const { load, connect, gateway, backends } = world();
    const rules = backends.map(
      ({ address }) =>
        `-A PREROUTING -d ${gateway.address} -p tcp --dport 8888 -m statistic --mode random --probability .333 -j DNAT --to-destination ${address}:80\n`,
    );
    const rest =
      '*filter\n-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT\n-A INPUT -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n';
    await load('random', { more: onlyIpv4(`*nat\n${rules.join('')}COMMIT\n${rest}`) });
    const seen = tally(await connect('client', gateway.address, 8888, { count: 300 }));
    expect(
      beyondChance(
        { refused: seen.refused ?? 0, answered: 300 - (seen.refused ?? 0) },
        { refused: 0.667 ** 3, answered: 1 - 0.667 ** 3 },
      ),
    ).toEqual([]);
  });

  test('weighted-exact is exact, and spreads each weight', async () => {
    const { load, connect, gateway } = world();
    await load('weighted-exact');
    const inTurn = answerers(await connect('client', gateway.address, 80, { count: 10, atOnce: 1 }));
    expect(inTurn.join(' ')).toBe('b1 b2 b1 b3 b1 b1 b2 b1 b3 b1');
    const four = tally(await connect('client', gateway.address, 80, { count: 300 }));
    const six = tally(await connect('client', gateway.address6, 80, { count: 300 }));
    expect([four, six]).toEqual([
      { b1: 180, b2: 60, b3: 60 },
      { b1: 180, b2: 60, b3: 60 },
    ]);
  });

  test('source-hash: a client has its backend, the gateway and its neighbours too; everybody gets clients', async () => {
    const { load, connect, gateway, clients, clients6 } = world();
    await load('source-hash');
    for (const [host, sources] of [
      [gateway.address, clients],
      [gateway.address6, clients6],
    ] as const) {
      const first = answerers(await connect('client', host, 80, { count: 64, sources }));
      const again = answerers(await connect('client', host, 80, { count: 64, sources }));
      expect(again).toEqual(first);
      expect([...new Set(first)].sort()).toEqual(['b1', 'b2', 'b3']);
      for (const from of ['gw1', 'neighbour'] as const) {
        const seen = tally(await connect(from, host, 80, { count: 20 }));
        expect(Object.values(seen)).toEqual([20]);
        expect(Object.keys(seen)[0]).toMatch(/^b[123]$/);
      }
    }
  });

  test('source-hash with other marks and another seed shuffles the clients', async () => {
    const { load, connect, gateway, clients } = world();
    const seen: string[] = [];
    for (const vars of [{}, { hash_offset: 256 }, { hash_seed: 99 }]) {
      await load('source-hash', { vars });
      seen.push(
        answerers(await connect('client', gateway.address, 80, { count: 64, sources: clients })).join(' '),
      );
    }
    expect([seen[1] === seen[0], seen[2] === seen[0]]).toEqual([true, false]);
  });

  test("sticky-mark: in turn, and each packet of a connection has its backend's mark, both ways", async () => {
    const { load, connect, gateway, backends, counters } = world();
    const marks = backends.flatMap(({ address }, index) => [
      `-A FORWARD -d ${address} -m mark --mark ${index + 1}/0xff\n`,
      `-A FORWARD -s ${address} -m mark --mark ${index + 1}/0xff\n`,
    ]);
    const all = '-A FORWARD -p tcp\n';
    await load('sticky-mark', { more: onlyIpv4(`*mangle\n${marks.join('')}${all}COMMIT\n`) });
    const four = tally(await connect('client', gateway.address, 80, { count: 300 }));
    const six = tally(await connect('client', gateway.address6, 80, { count: 300 }));
    expect([four, six]).toEqual([
      { b1: 100, b2: 100, b3: 100 },
      { b1: 100, b2: 100, b3: 100 },
    ]);
    const seen = (await counters()).filter(
      ({ table, rule }) => table === 'mangle' && rule.startsWith('-A FORWARD'),
    );
    const total = seen.find(({ rule }) => rule === '-A FORWARD -p tcp')?.packets ?? 0;
    const marked = seen.filter(({ rule }) => rule.includes('mark'));
    expect(marked).toHaveLength(6);
    expect(total).toBeGreaterThan(300 * 6);
    expect(marked.reduce((sum, { packets }) => sum + packets, 0)).toBe(total);
    expect(tally(await connect('gw1', gateway.address, 80, { count: 30 }))).toEqual({
      b1: 10,
      b2: 10,
      b3: 10,
    });
  });

  test('address-range is a hash, no round robin: one client has one backend, and many reach all', async () => {
    const { load, connect, gateway, clients, clients6 } = world();
    await load('address-range');
    for (const [host, sources] of [
      [gateway.address, clients],
      [gateway.address6, clients6],
    ] as const) {
      const one = tally(await connect('client', host, 80, { count: 30 }));
      expect(Object.values(one)).toEqual([30]);
      const many = tally(await connect('client', host, 80, { count: 64, sources }));
      expect(Object.keys(many).sort()).toEqual(['b1', 'b2', 'b3']);
    }
  });
});
