import { describe, expect, test } from 'vitest';
import { tally } from '../tally.ts';
import { BRIEF, type World } from '../world.ts';
import { ANYBODY, BASE, endsOf, FAMILIES, TO_B1 } from './common.ts';

/** Who is kept out, who alone may come in, and what never crosses. */
export function lists(world: () => World): void {
  describe.each(FAMILIES)('lists, %s', (family) => {
    const host = family === 'ipv4' ? '10.64.0.1' : 'fd00:64::1';
    const clients = () => (family === 'ipv4' ? world().clients : world().clients6);
    const suffix = family === 'ipv4' ? '' : '6';
    /** Asks from one address; `true` where an answer is expected. */
    const isIn = async (source: string, port: number, isExpected: boolean) => {
      const patience = isExpected ? {} : { patienceMs: BRIEF };
      return endsOf(await world().connect('client', host, port, { sources: [source], ...patience }));
    };
    const IN = { answered: 1 };
    const OUT = { filtered: 1 };

    test('blocklist: listed networks and banned addresses are out at once, others and the operator are in', async () => {
      const blocked = ['10.64.254.0/28', '10.64.255.0/24', 'fd00:64::e:0/124', 'fd00:64::c:0/112'];
      const vars = { ssh_from: ['10.64.255.0/24', 'fd00:64::c:0/112'], blocked };
      await world().load('blocklist', { vars });
      const [listed = ''] = clients();
      const [other = '', banned = ''] = clients().slice(20);
      expect([
        await isIn(listed, 22, false),
        await isIn(other, 22, true),
        await isIn(banned, 22, true),
      ]).toEqual([OUT, IN, IN]);
      await world().sh('gw1', `ipset add banned${suffix} ${banned} timeout 600 comment "fail2ban: sshd"`);
      expect([await isIn(banned, 22, false), await isIn(other, 22, true)]).toEqual([OUT, IN]);
      expect(tally(await world().connect('client', host, 22))).toEqual({ sshd: 1 });
    });

    test('allowlist: members alone, at the gateway and behind DNAT; who is added is in at once', async () => {
      const [member = '', other = ''] = clients();
      const vars = { allowed: [member], allowlist_ports: [80, 7001] };
      await world().load('allowlist', { vars, more: `${ANYBODY(7001)}${ANYBODY(7002)}` });
      for (const port of [7001, 7002]) await world().listen('gw1', host, port);
      for (const port of [80, 7001]) {
        expect([await isIn(member, port, true), await isIn(other, port, false)]).toEqual([IN, OUT]);
      }
      expect(await isIn(other, 7002, true)).toEqual(IN);
      await world().sh('gw1', `ipset add allowed${suffix} ${other}`);
      expect([await isIn(other, 80, true), await isIn(other, 7001, true)]).toEqual([IN, IN]);
    });

    test('security: a sealed port stays shut, behind DNAT too, whatever filter accepts', async () => {
      const more = `${TO_B1}*filter\n-A FORWARD -j ACCEPT\nCOMMIT\n`;
      await world().load(BASE, { more });
      expect(tally(await world().connect('client', host, 80))).toEqual({ b1: 1 });
      const rules = [...BASE.rules, { template: 'security.rules.hbs' }];
      const vars = { ...BASE.vars, wan: 'wan', sealed_ports: [80] };
      await world().load({ ...BASE, rules, vars }, { more });
      expect(tally(await world().connect('client', host, 80, { patienceMs: BRIEF }))).toEqual({
        filtered: 1,
      });
      await world().listen('b1', family === 'ipv4' ? '10.65.255.1' : 'fd00:65::b:1', 81);
      const unsealed = family === 'ipv4' ? '10.65.255.1' : 'fd00:65::b:1';
      expect(tally(await world().connect('client', unsealed, 81))).toEqual({ b1: 1 });
    });
  });

  test('there is no match named selinux', async () => {
    const refused = await world().sh('gw1', '! iptables -t security -A INPUT -m selinux -j ACCEPT 2>&1');
    expect(refused).toMatch(/selinux/);
  });
}
