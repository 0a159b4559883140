import { expect, test } from 'vitest';
import type { Outcome } from '../agent.ts';
import { tally } from '../tally.ts';
import { type Attempts, BRIEF, type World } from '../world.ts';
import { addressOf, CLIENT, endsOf, type Family, inBothFamilies, packetsOf, sendSegments } from './common.ts';

/** All of them in one play: each does what it does alone, and none spoils another. */
export function together(world: () => World): void {
  test('together: base, lists, limits, SYN protection, a reverse proxy, marks, sealed ports, outbound policy, logging', async () => {
    const limits = {
      rate_limits: [{ port: 80, rate: 1, per: 'hour', burst: 12 }],
      connection_limits: [{ port: 80, most: MOST_HELD }],
      blocked: ['10.64.254.32/28', 'fd00:66:0:9::/64'],
    };
    await world().load('shielded-proxy', { vars: limits });
    await world().sh('gw1', 'ip route replace fd00:66::/48 via fd00:64::c:2');
    await world().sh('client', SITES.map((one) => `ip addr replace ${one}/128 dev wan nodad`).join(' && '));
    await inBothFamilies(async (family) => {
      const host = addressOf(world().gateway, family);
      const { attacker, greedy, other, listed } = sourcesOf(world(), family);
      const ask = (source: string, how: Attempts = {}) =>
        world().connect('client', host, 80, { sources: [source], ...how });
      // The rate: what comes from one source beyond its burst is dropped, in OUTPUT, where the SYNs for backends begin.
      expect(endsOf(await askInTurn(world(), family, attacker, 12))).toEqual({ answered: 12 });
      const attack = ask(attacker, { count: 20, atOnce: 20, patienceMs: BRIEF });
      expect(endsOf(await askInTurn(world(), family, other, 9))).toEqual({ answered: 9 });
      expect(endsOf(await attack)).not.toHaveProperty('answered');
      expect(await packetsOf(world(), family, /^-A RATE-LIMIT .* -j DROP$/)).toBeGreaterThanOrEqual(20);
      // Connections held: the client is connected to SYNPROXY, and no further than its limit.
      expect(endsOf(await ask(greedy, { count: 5, atOnce: 1, isHeld: true }))).toEqual({ held: 5 });
      const isRefused = () => packetsOf(world(), family, /^-A CONNECTION-LIMIT .* -j REJECT /);
      await expect.poll(isRefused, { timeout: 60_000 }).toBeGreaterThanOrEqual(2);
      // The blocklist comes before everything; who manages comes before the policy.
      expect(endsOf(await ask(listed, { count: 2, patienceMs: BRIEF }))).toEqual({ filtered: 2 });
      expect(
        tally(await world().connect('client', host, 22, { sources: [addressOf(CLIENT, family)] })),
      ).toEqual({ sshd: 1 });
      // Nobody else is let in, and that is logged; no flood reaches conntrack.
      const closed = await world().connect('client', host, 22, {
        sources: [other],
        patienceMs: BRIEF,
        isUdp: true,
      });
      expect(tally(closed)).toEqual({ filtered: 1 });
      expect(await packetsOf(world(), family, /^-A REFUSE .* -j NFLOG /)).toBe(1);
      await sendSegments(world(), [
        { count: 50, source: strangers(family), to: host, port: 80, flags: 'SYN' },
      ]);
      const known = await world().sh('gw1', `conntrack -L -f ${family} -p tcp 2>/dev/null`);
      expect(known).not.toMatch(/src=(203\.0\.113\.|2001:db8:f:)/);
      // The gateway itself asks nobody but its resolvers.
      const outward = await world().connect('gw1', addressOf(world().backends[1], family), 80);
      expect(tally(outward)).toEqual({ refused: 1 });
    });
    await world().release('client');
  });
}

/** Never more at a time than a source may hold; connlimit counts what has ended until the kernel's next tick, 10 ms at most. */
async function askInTurn(
  world: World,
  family: Family,
  source: string,
  count: number,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  while (outcomes.length < count) {
    const some = Math.min(MOST_HELD, count - outcomes.length);
    const host = addressOf(world.gateway, family);
    outcomes.push(
      ...(await world.connect('client', host, 80, { sources: [source], count: some, atOnce: 1 })),
    );
    const open = `conntrack -L -f ${family} -p tcp -s ${source} 2>/dev/null | grep -v -e TIME_WAIT -e CLOSE`;
    await world.sh('gw1', `while ${open} >/dev/null; do sleep 0.05; done; sleep 0.05`);
  }
  return outcomes;
}

const MOST_HELD = 3;

/** Each of a /64 of its own; the last one is in the blocklist. */
const SITES = [1, 2, 3, 9].map((number) => `fd00:66:0:${number}::1`);

function sourcesOf({ clients }: World, family: Family) {
  const [attacker = '', greedy = '', other = '', listed = ''] =
    family === 'ipv4' ? [...clients.slice(0, 3), clients[32]] : SITES;
  return { attacker, greedy, other, listed };
}

function strangers(family: Family): string {
  return family === 'ipv4' ? '203.0.113.*' : '2001:db8:f::*';
}
