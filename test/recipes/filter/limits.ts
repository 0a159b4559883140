import { expect, test } from 'vitest';
import { tally } from '../tally.ts';
import { type Attempts, BRIEF, type World } from '../world.ts';
import { ANYBODY, addressOf, BASE, endsOf, type Family, inBothFamilies, packetsOf, TO_B1 } from './common.ts';

/** So slow that nothing comes back to a source while a test runs. */
const LIMIT = { rate: 1, per: 'hour', burst: 10 };

/** New connections, and connections held, per source. */
export function limits(world: () => World): void {
  test('rate limit: one attacker is held to its burst and starves nobody, behind DNAT and at the gateway itself', async () => {
    const vars = { rate_limits: [80, 7001].map((port) => ({ port, ...LIMIT })) };
    await world().load('rate-limit', { vars, more: ANYBODY(7001) });
    await elsewhere(world());
    await inBothFamilies(async (family) => {
      const host = addressOf(world().gateway, family);
      const [attacker, other] = twoSources(world(), family);
      await world().listen('gw1', host, 7001);
      const under = async (port: number) => {
        const ask = (source: string, how: Attempts) =>
          world().connect('client', host, port, { sources: [source], ...how });
        expect(endsOf(await ask(attacker, { count: 10 }))).toEqual({ answered: 10 });
        const attack = ask(attacker, { count: 50, atOnce: 50, patienceMs: BRIEF });
        expect(endsOf(await ask(other, { count: 10 }))).toEqual({ answered: 10 });
        expect(endsOf(await attack)).toEqual({ filtered: 50 });
      };
      await Promise.all([under(80), under(7001)]);
      // A client that is held up repeats its SYNs.
      expect(await packetsOf(world(), family, /^-A RATE-LIMIT .*-j DROP$/)).toBeGreaterThanOrEqual(100);
    });
  });

  test('rate limit, ipv6: all addresses of a /64 are one source', async () => {
    const { gateway, clients6 } = world();
    await world().load('rate-limit', { vars: { rate_limits: [{ port: 80, ...LIMIT }] } });
    const before = await world().connect('client', gateway.address6, 80, { count: 10, sources: clients6 });
    expect(endsOf(before)).toEqual({ answered: 10 });
    const after = await world().connect('client', gateway.address6, 80, {
      count: 10,
      sources: clients6.slice(10),
      patienceMs: BRIEF,
    });
    expect(tally(after)).toEqual({ filtered: 10 });
  });

  test('mistake: a limit that accepts, with no drop behind it, limits nothing', async () => {
    await loadMistake(
      world(),
      '-A FORWARD -m limit --limit 1/hour --limit-burst 5 -j ACCEPT\n-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT',
    );
    expect(tally(await world().connect('client', world().gateway.address, 80, { count: 50 }))).toEqual({
      b1: 50,
    });
  });

  test('mistake: one limit for all of them, with a drop behind it: the first one starves the others', async () => {
    await loadMistake(
      world(),
      '-A FORWARD -m limit --limit 1/hour --limit-burst 5 -j ACCEPT\n-A FORWARD -j DROP',
    );
    const [attacker = '', other = ''] = world().clients;
    const attack = { count: 5, atOnce: 1, sources: [attacker] };
    expect(tally(await world().connect('client', world().gateway.address, 80, attack))).toEqual({ b1: 5 });
    const victim = { count: 5, sources: [other], patienceMs: BRIEF };
    expect(tally(await world().connect('client', world().gateway.address, 80, victim))).toEqual({
      filtered: 5,
    });
  });

  test('mistake: a rate that changes under its old name keeps the old burst', async () => {
    const drop = (burst: number, name: string) =>
      `-A FORWARD -m conntrack --ctstate NEW -m hashlimit --hashlimit-name ${name} --hashlimit-mode srcip --hashlimit-above 1/hour --hashlimit-burst ${burst} -j DROP`;
    const expectBurst = async (source: string, burst: number) => {
      const ask = (count: number, patienceMs?: number) =>
        world().connect('client', world().gateway.address, 80, {
          count,
          sources: [source],
          ...(patienceMs && { patienceMs }),
        });
      expect(tally(await ask(burst))).toEqual({ b1: burst });
      expect(tally(await ask(5, BRIEF))).toEqual({ filtered: 5 });
    };
    const [first = '', second = '', third = ''] = world().clients;
    const rest = '-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT';
    await loadMistake(world(), `${drop(2, 'same')}\n${rest}`);
    await expectBurst(first, 2);
    // As an apply does it: one commit, in which the old rule goes and the new one comes.
    const replace = (from: string, to: string) =>
      world().sh('gw1', `iptables-save | sed '${from}s/${to}/' | iptables-restore`);
    await replace('/hashlimit/', '--hashlimit-burst 2/--hashlimit-burst 8');
    await expectBurst(second, 2);
    await replace('/hashlimit/', '--hashlimit-name same/--hashlimit-name other');
    await expectBurst(third, 8);
  });

  test('connection limit: a source holds so many and no more, others theirs; what it lets go comes back to it', async () => {
    const ports = [80, 7001];
    const vars = { connection_limits: ports.map((port) => ({ port, most: 3 })) };
    await world().load('connection-limit', { vars, more: ANYBODY(7001) });
    await elsewhere(world());
    const hold = async (family: Family, port: number, source: string, count: number) => {
      const how = { count, atOnce: 1, sources: [source], isHeld: true };
      return tally(await world().connect('client', addressOf(world().gateway, family), port, how));
    };
    await inBothFamilies(async (family) => {
      const [greedy, other] = twoSources(world(), family);
      await world().listen('gw1', addressOf(world().gateway, family), 7001);
      for (const port of ports) {
        expect(await hold(family, port, greedy, 8)).toEqual({ held: 3, refused: 5 });
        expect(await hold(family, port, other, 3)).toEqual({ held: 3 });
      }
    });
    await world().release('client');
    await inBothFamilies(async (family) => {
      const [greedy] = twoSources(world(), family);
      for (const port of ports)
        await expect.poll(() => hold(family, port, greedy, 1), { timeout: 60_000 }).toEqual({ held: 1 });
    });
    await world().release('client');
  });
}

/** Of another /64 than the client's other addresses. */
const OTHER_SITE = 'fd00:66::1';

async function elsewhere(world: World): Promise<void> {
  await world.sh('client', `ip addr replace ${OTHER_SITE}/128 dev wan nodad`);
  await world.sh('gw1', `ip route replace ${OTHER_SITE} via fd00:64::c:2`);
}

/** Of IPv6 each of a site of its own. */
function twoSources({ clients, clients6 }: World, family: Family): readonly [string, string] {
  return family === 'ipv4' ? [clients[0] ?? '', clients[1] ?? ''] : [clients6[0] ?? '', OTHER_SITE];
}

/** The base policy, all connections to b1, and these lines. */
function loadMistake(world: World, lines: string): Promise<void> {
  return world.load(BASE, { more: `${TO_B1}*filter\n${lines}\nCOMMIT\n` });
}
