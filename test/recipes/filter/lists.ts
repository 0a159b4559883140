import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tally } from '../tally.ts';
import { BRIEF, type World } from '../world.ts';
import { ANYBODY, addressOf, BASE, CLIENT, endsOf, type Family, inBothFamilies, TO_B1 } from './common.ts';

const IN = { answered: 1 };
const OUT = { filtered: 1 };

/** Who is kept out, who alone may come in, and what never crosses. */
export function lists(world: () => World): void {
  const clients = (family: Family) => (family === 'ipv4' ? world().clients : world().clients6);
  const nameOf = (set: string, family: Family) => (family === 'ipv4' ? set : `${set}6`);
  const ask = async (family: Family, source: string, port: number, patienceMs?: number) => {
    const how = { sources: [source], ...(patienceMs !== undefined && { patienceMs }) };
    return endsOf(await world().connect('client', addressOf(world().gateway, family), port, how));
  };

  test('blocklist: listed networks and banned addresses are out at once, others and the operator are in', async () => {
    const blocked = ['10.64.254.0/28', '10.64.255.0/24', 'fd00:64::e:0/124', 'fd00:64::c:0/112'];
    const vars = { ssh_from: ['10.64.255.0/24', 'fd00:64::c:0/112'], blocked };
    await world().load('blocklist', { vars });
    await inBothFamilies(async (family) => {
      const [listed = ''] = clients(family);
      const [other = '', banned = ''] = clients(family).slice(20);
      expect([await ask(family, other, 22), await ask(family, banned, 22)]).toEqual([IN, IN]);
      await world().sh(
        'gw1',
        `ipset add ${nameOf('banned', family)} ${banned} timeout 600 comment "fail2ban: sshd"`,
      );
      expect(await Promise.all([listed, banned].map((one) => ask(family, one, 22, BRIEF)))).toEqual([
        OUT,
        OUT,
      ]);
      expect(await ask(family, other, 22)).toEqual(IN);
      const operator = await world().connect('client', addressOf(world().gateway, family), 22, {
        sources: [addressOf(CLIENT, family)],
      });
      expect(tally(operator)).toEqual({ sshd: 1 });
    });
  });

  test('allowlist: members alone, at the gateway and behind DNAT; who is added is in at once', async () => {
    const allowed = [world().clients[0] ?? '', world().clients6[0] ?? ''];
    const vars = { allowed, allowlist_ports: [80, 7001] };
    await world().load('allowlist', { vars, more: `${ANYBODY(7001)}${ANYBODY(7002)}` });
    await inBothFamilies(async (family) => {
      const [member = '', other = ''] = clients(family);
      for (const port of [7001, 7002]) await world().listen('gw1', addressOf(world().gateway, family), port);
      expect([await ask(family, member, 80), await ask(family, member, 7001)]).toEqual([IN, IN]);
      expect(await Promise.all([80, 7001].map((port) => ask(family, other, port, BRIEF)))).toEqual([
        OUT,
        OUT,
      ]);
      expect(await ask(family, other, 7002)).toEqual(IN);
      await world().sh('gw1', `ipset add ${nameOf('allowed', family)} ${other}`);
      expect([await ask(family, other, 80), await ask(family, other, 7001)]).toEqual([IN, IN]);
    });
  });

  test('security: a sealed port stays shut, behind DNAT too, whatever filter accepts', async () => {
    const more = `${TO_B1}*filter\n-A FORWARD -j ACCEPT\nCOMMIT\n`;
    const outcomes = async (family: Family, patienceMs: number) => {
      const places = [world().gateway, world().backends[1]].map((place) => addressOf(place, family));
      const asked = places.map((host) => world().connect('client', host, 80, { patienceMs }));
      return (await Promise.all(asked)).map(tally);
    };
    await world().load(BASE, { more });
    await inBothFamilies(async (family) => {
      expect(await outcomes(family, 20_000)).toEqual([{ b1: 1 }, { b2: 1 }]);
    });
    const rules = [...BASE.rules, { template: 'security.rules.hbs' }];
    await world().load({ ...BASE, rules, vars: { ...BASE.vars, wan: 'wan', sealed_ports: [80] } }, { more });
    await inBothFamilies(async (family) => {
      expect(await outcomes(family, BRIEF)).toEqual([OUT, OUT]);
      await world().listen('b1', addressOf(world().backends[0], family), 81);
      const unsealed = await world().connect('client', addressOf(world().backends[0], family), 81);
      expect(tally(unsealed)).toEqual({ b1: 1 });
    });
  });

  test.skipIf(existsSync('/sys/fs/selinux'))('mistake: rules of SELinux where there is none', async () => {
    const rule = '! iptables -t security -A INPUT';
    expect(await world().sh('gw1', `${rule} -m selinux -j ACCEPT 2>&1`)).toMatch(/selinux/);
    await world().sh('gw1', `${rule} -j SECMARK --selctx system_u:object_r:http_packet_t:s0 2>&1`);
  });
}
