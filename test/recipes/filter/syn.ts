import { describe, expect, test } from 'vitest';
import { tally } from '../tally.ts';
import { BRIEF, type World } from '../world.ts';
import { ANYBODY, BASE, endsOf, FAMILIES, type Family, packetsOf, sendSegments } from './common.ts';

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
const REAL = { b1: 10, b2: 10, b3: 10 };

/** Segments that no client sends in earnest, from sources that don't exist. */
export function syn(world: () => World): void {
  describe.each(FAMILIES)('SYN protection, %s', (family) => {
    const host = () => (family === 'ipv4' ? world().gateway.address : world().gateway.address6);

    test('drops flags that no honest TCP sends before conntrack sees them, and what does not begin with a SYN', async () => {
      const rules = [{ template: 'base.rules.hbs' }, { template: 'syn-protection.rules.hbs' }];
      await world().load(
        { ...BASE, rules, sysctls: { 'net.netfilter.nf_conntrack_tcp_loose': 1 } },
        { more: ANYBODY(7001) },
      );
      await world().listen('gw1', host(), 7001);
      const bad = BAD_FLAGS.map((flags) => ({
        count: 3,
        source: strangers(family),
        to: host(),
        port: 7001,
        flags,
      }));
      await sendSegments(world(), bad);
      expect(await packetsOf(world(), family, /^-A TCP-FLAGS .* -j DROP$/)).toBe(BAD_FLAGS.length * 3);
      expect(await tracked(world(), family)).toBe(0);
      await sendSegments(world(), [
        { count: 5, source: strangers(family), to: host(), port: 7001, flags: 'ACK' },
      ]);
      expect(await packetsOf(world(), family, /^-A NOT-BY-SYN .* -j DROP$/)).toBe(5);
      expect(tally(await world().connect('client', host(), 7001, { count: 10 }))).toEqual({ gw1: 10 });
    });

    test('a flood of SYNs reaches neither conntrack nor the backends, and clients do', async () => {
      const flood = [{ count: FLOOD, source: strangers(family), to: host(), port: 80, flags: 'SYN' }];
      await world().load('reverse-proxy');
      await wayBack(world());
      await sendSegments(world(), flood);
      expect(await tracked(world(), family)).toBe(FLOOD);
      await world().load('syn-protection');
      await sendSegments(world(), flood);
      expect(await tracked(world(), family)).toBe(0);
      expect(await packetsOf(world(), family, /^-A SYN-COOKIES .* -j SYNPROXY /)).toBe(FLOOD);
      expect(tally(await world().connect('client', host(), 80, { count: 30 }))).toEqual(REAL);
      expect(tally(await world().connect('client', host(), 22))).toEqual({ sshd: 1 });
    });

    test('mistake: with tcp_loose the cookies that come back are no cookies to SYNPROXY', async () => {
      await world().load('syn-protection');
      await world().sh('gw1', 'sysctl -q net.netfilter.nf_conntrack_tcp_loose=1');
      const seen = await world().connect('client', host(), 80, { count: 3, patienceMs: BRIEF });
      expect(endsOf(seen)).toEqual({ silent: 3 });
    });

    test('mistake: without the jump from nat OUTPUT the client is connected, and to nobody', async () => {
      await world().load('syn-protection');
      const restore = family === 'ipv4' ? 'iptables' : 'ip6tables';
      await world().sh('gw1', `${restore} -t nat -F OUTPUT`);
      const seen = await world().connect('client', host(), 80, { count: 3, patienceMs: BRIEF });
      expect(endsOf(seen)).not.toHaveProperty('answered');
    });
  });
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
