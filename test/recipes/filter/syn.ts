import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { tally } from '../tally.ts';
import { BRIEF, type World } from '../world.ts';
import {
  ANYBODY,
  addressOf,
  BASE,
  endsOf,
  FAMILIES,
  type Family,
  inBothFamilies,
  packetsOf,
  sendSegments,
} from './common.ts';

/** Flags that no connection ever has together, as iptables names them. */
const BAD_FLAGS = [
  'NONE',
  'SYN,FIN',
  'SYN,RST',
  'FIN,RST',
  'FIN',
  'PSH',
  'URG',
  'FIN,PSH,URG',
  'SYN,FIN,RST,PSH,ACK,URG',
];
const FLOOD = 200;
const BACKENDS = ['b1', 'b2', 'b3'] as const;
const REAL = { b1: 10, b2: 10, b3: 10 };

/** Segments that no client sends in earnest, from sources that don't exist. */
export function syn(world: () => World): void {
  /** Counts the SYNs that arrive at each backend, from now on. */
  const countSyns = async () => {
    const rules = '*raw\n-A PREROUTING -p tcp --dport 80 --syn\nCOMMIT\n';
    const restore =
      'rules=$(cat); for program in iptables ip6tables; do echo "$rules" | $program-restore; done';
    await Promise.all(BACKENDS.map((at) => world().sh(at, restore, rules)));
  };
  const arrived = async (family: Family) => {
    const save = family === 'ipv4' ? 'iptables-save' : 'ip6tables-save';
    const saved = await Promise.all(BACKENDS.map((at) => world().sh(at, `${save} -c -t raw`)));
    const counts = saved.map((text) => Number(/^\[(\d+):\d+\] -A/m.exec(text)?.[1]));
    return counts.reduce((sum, count) => sum + count, 0);
  };

  test('SYN protection drops flags that no honest TCP sends before conntrack sees them, and what does not begin with a SYN', async () => {
    const rules = [{ template: 'base.rules.hbs' }, { template: 'syn-protection.rules.hbs' }];
    const sysctls = { 'net.netfilter.nf_conntrack_tcp_loose': 1 };
    await world().load({ ...BASE, rules, sysctls }, { more: ANYBODY(7001) });
    await inBothFamilies(async (family) => {
      const to = addressOf(world().gateway, family);
      const send = (flags: readonly string[], count: number) =>
        sendSegments(
          world(),
          flags.map((flag) => ({ count, source: strangers(family), to, port: 7001, flags: flag })),
        );
      await world().listen('gw1', to, 7001);
      await send(BAD_FLAGS, 3);
      expect(await packetsOf(world(), family, /^-A TCP-FLAGS .* -j DROP$/)).toBe(BAD_FLAGS.length * 3);
      expect(await tracked(world(), family)).toBe(0);
      await send(['ACK'], 5);
      expect(await packetsOf(world(), family, /^-A NOT-BY-SYN .* -j DROP$/)).toBe(5);
      expect(tally(await world().connect('client', to, 7001, { count: 10 }))).toEqual({ gw1: 10 });
    });
  });

  test('without SYNPROXY a flood of SYNs fills conntrack', async () => {
    await world().load('reverse-proxy');
    await wayBack(world());
    await countSyns();
    await inBothFamilies(async (family) => {
      await flood(world(), family);
      expect(await tracked(world(), family)).toBe(FLOOD);
      expect(await arrived(family)).toBe(FLOOD);
    });
  });

  describe.skipIf(!hasSynproxy)(`SYNPROXY${WITHOUT}`, () => {
    test('a flood of SYNs reaches neither conntrack nor the backends, and clients do', async () => {
      await world().load('syn-protection');
      await wayBack(world());
      await countSyns();
      await inBothFamilies(async (family) => {
        const host = addressOf(world().gateway, family);
        await flood(world(), family);
        expect(await tracked(world(), family)).toBe(0);
        expect(await arrived(family)).toBe(0);
        expect(await packetsOf(world(), family, /^-A SYN-COOKIES .* -j SYNPROXY /)).toBe(FLOOD);
        expect(tally(await world().connect('client', host, 80, { count: 30 }))).toEqual(REAL);
        expect(tally(await world().connect('client', host, 22))).toEqual({ sshd: 1 });
      });
    });

    test('mistake: with tcp_loose the cookies that come back are no cookies to SYNPROXY', async () => {
      await world().load('syn-protection');
      await world().sh('gw1', 'sysctl -q net.netfilter.nf_conntrack_tcp_loose=1');
      expect(await answersOf(world())).toEqual([{ silent: 3 }, { silent: 3 }]);
    });

    test('mistake: without the jump from nat OUTPUT the client is connected, and to nobody', async () => {
      await world().load('syn-protection');
      await world().sh('gw1', 'iptables -t nat -F OUTPUT && ip6tables -t nat -F OUTPUT');
      for (const ends of await answersOf(world())) expect(ends).not.toHaveProperty('answered');
    });
  });
}

/** The kernel may be built without it. */
const hasSynproxy =
  spawnSync('unshare', ['-n', 'iptables', '-t', 'mangle', '-A', 'INPUT', '-p', 'tcp', '-j', 'SYNPROXY'])
    .status === 0;
const WITHOUT = hasSynproxy ? '' : ' (NOT TESTED: this kernel has no SYNPROXY)';

/** How three clients of each family fare at port 80. */
function answersOf(world: World) {
  const ask = async (family: Family) =>
    endsOf(
      await world.connect('client', addressOf(world.gateway, family), 80, { count: 3, patienceMs: BRIEF }),
    );
  return Promise.all(FAMILIES.map(ask));
}

function flood(world: World, family: Family): Promise<void> {
  const to = addressOf(world.gateway, family);
  return sendSegments(world, [{ count: FLOOD, source: strangers(family), to, port: 80, flags: 'SYN' }]);
}

/** Addresses that nobody has, one for each segment. */
function strangers(family: Family): string {
  return family === 'ipv4' ? '203.0.113.*' : '2001:db8:f::*';
}

/** A gateway has a route to everybody: answers to strangers leave, and get lost at the client. */
async function wayBack({ sh }: World): Promise<void> {
  await sh(
    'gw1',
    'ip route replace 203.0.113.0/24 via 10.64.255.2 && ip route replace 2001:db8:f::/64 via fd00:64::c:2',
  );
}

/** How many connections of strangers conntrack knows. */
async function tracked({ sh }: World, family: Family): Promise<number> {
  const listed = await sh('gw1', `conntrack -L -f ${family} -p tcp 2>/dev/null`);
  return listed.split('\n').filter((line) => /src=(203\.0\.113\.|2001:db8:f:)/.test(line)).length;
}
