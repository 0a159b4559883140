import { describe, expect, test } from 'vitest';
import { onEachEngine } from './each-engine.ts';
import { beyondChance, sourcesSeen, tally } from './tally.ts';
import { BRIEF, type World } from './world.ts';

const LAN = ['10.65.0.0/16', 'fd00:65::/64'];
const bothAddresses = ({ gateway }: World) => [gateway.address, gateway.address6];

/** The base alone; only the client's usual addresses may manage the gateway. */
const BASE = {
  id: 'base',
  hosts: 'gateways',
  families: ['ipv4', 'ipv6'],
  vars: { ssh_from: ['10.64.255.0/24', 'fd00:64::c:0/112'] },
  rules: [{ template: 'base.rules.hbs' }],
};

await onEachEngine('a gateway', (world) => {
  describe('base', () => {
    test('lets in who manages the gateway, and nobody else, to nothing else', async () => {
      const { load, connect, clients, clients6, gateway, backends } = world();
      await load(BASE);
      const brief = { patienceMs: BRIEF };
      const seen = await Promise.all([
        connect('client', gateway.address, 22, { count: 3 }),
        connect('client', gateway.address6, 22, { count: 3, sources: ['fd00:64::c:2'] }),
        connect('client', gateway.address, 22, { ...brief, sources: clients }),
        connect('client', gateway.address6, 22, { ...brief, sources: clients6 }),
        connect('client', gateway.address, 80, brief),
        connect('client', gateway.address6, 80, brief),
        connect('client', gateway.address, 53, { ...brief, isUdp: true }),
        connect('client', backends[0]?.address ?? '', 80, brief),
        connect('client', backends[0]?.address6 ?? '', 80, brief),
      ]);
      const shut = { filtered: 1 };
      expect(seen.map(tally)).toEqual([{ sshd: 3 }, { sshd: 3 }, shut, shut, shut, shut, shut, shut, shut]);
    });

    test('lets the gateway reach itself, and go out', async () => {
      const { load, connect, backends } = world();
      await load(BASE);
      for (const host of ['127.0.0.1', '::1', ...bothAddresses(world())])
        expect(tally(await connect('gw1', host, 22))).toEqual({ sshd: 1 });
      for (const host of [backends[0]?.address ?? '', backends[0]?.address6 ?? ''])
        expect(tally(await connect('gw1', host, 80))).toEqual({ b1: 1 });
    });

    test('answers pings, and finds its neighbours by ICMPv6', async () => {
      const { load, sh, gateway, counters } = world();
      await load(BASE);
      await sh('gw1', 'ip -6 neigh flush dev wan nud reachable; ip -6 neigh flush dev wan nud stale; true');
      await sh(
        'client',
        `ping -c 1 -W 20 ${gateway.address}; ping -c 1 -W 20 -I fd00:64::e:7 ${gateway.address6}`,
      );
      const advertised = (await counters('ipv6')).find(({ rule }) => rule.includes('--icmpv6-type 136'));
      expect(advertised?.packets).toBeGreaterThan(0);
    });

    test('drops what conntrack can place nowhere', async () => {
      const { load, connect, release, sh, gateway, counters } = world();
      await load('reverse-proxy');
      expect(tally(await connect('client', gateway.address, 80, { isHeld: true }))).toEqual({ held: 1 });
      await sh('gw1', 'conntrack -F 2>/dev/null');
      await release('client');
      // The reset of a connection that nobody knows any more.
      const dropped = async () =>
        (await counters()).find(({ rule }) => rule === '-A INPUT -m conntrack --ctstate INVALID -j DROP')
          ?.packets;
      await expect.poll(dropped, { timeout: 20_000 }).toBeGreaterThan(0);
    });

    test('refuse: silence by default; told to reject, TCP is reset at once, however many ask', async () => {
      const { load, connect, gateway, counters } = world();
      const rules = [...BASE.rules, { template: 'refuse.rules.hbs' }];
      await load({ ...BASE, rules });
      const silent = await connect('client', gateway.address, 23, { count: 5, patienceMs: BRIEF });
      expect(tally(silent)).toEqual({ filtered: 5 });
      await load({ ...BASE, rules }, { vars: { reject: true, nflog_group: 7, log_prefix: 'not here:' } });
      for (const host of bothAddresses(world())) {
        expect(tally(await connect('client', host, 23, { count: 60 }))).toEqual({ refused: 60 });
        expect(tally(await connect('client', host, 23, { isUdp: true }))).toEqual({ refused: 1 });
      }
      const logged = (await counters()).find(({ rule }) => rule.includes('NFLOG'));
      expect(logged?.rule).toContain('--nflog-prefix "not here: "');
      expect(logged?.packets).toBeGreaterThan(0);
    });

    test('rejected by ICMP alone, as REJECT does by default, most are left to wait', async () => {
      const { load, connect, gateway } = world();
      await load(BASE, { more: '*filter\n-A INPUT -p tcp -j REJECT\nCOMMIT\n' });
      const seen = tally(
        await connect('client', gateway.address, 23, { count: 60, atOnce: 60, patienceMs: BRIEF }),
      );
      expect(seen.filtered).toBeGreaterThan(30);
    });
  });

  describe('ways out', () => {
    test("nat-gateway: the LAN goes out under the gateway's address, but to the excepted places", async () => {
      const { load, connect, listen, gateway, backends } = world();
      await listen('client', '::', 80);
      await load(BASE);
      expect(tally(await connect('b1', '10.64.255.2', 80, { patienceMs: BRIEF }))).toEqual({ filtered: 1 });
      await load('nat-gateway', { vars: { nat_except: ['10.64.254.1'] } });
      for (const [host, source] of [
        ['10.64.255.2', gateway.address],
        ['fd00:64::c:2', gateway.address6],
        ['10.64.254.1', backends[0]?.address],
      ] as const) {
        const seen = await connect('b1', host, 80, { count: 20 });
        expect([tally(seen), sourcesSeen(seen)]).toEqual([{ client: 20 }, [source]]);
      }
      // What comes in is as shut as before.
      const inward = await connect('client', backends[0]?.address ?? '', 80, { patienceMs: BRIEF });
      expect(tally(inward)).toEqual({ filtered: 1 });
    });

    test('snat: each network under its address, and no other network at all', async () => {
      const { load, connect, listen, sh } = world();
      await listen('client', '::', 80);
      await sh('gw1', 'ip addr replace 10.64.0.99/16 dev wan; ip addr replace fd00:64::99/64 dev wan nodad');
      const snat = [
        { from: '10.65.255.1', to: '10.64.0.99' },
        { from: 'fd00:65::b:1', to: 'fd00:64::99' },
      ];
      await load('snat', { vars: { snat } });
      for (const [host, source] of [
        ['10.64.255.2', '10.64.0.99'],
        ['fd00:64::c:2', 'fd00:64::99'],
      ] as const) {
        const seen = await connect('b1', host, 80, { count: 20 });
        expect([tally(seen), sourcesSeen(seen)]).toEqual([{ client: 20 }, [source]]);
        expect(tally(await connect('b2', host, 80, { patienceMs: BRIEF }))).toEqual({ filtered: 1 });
      }
      await sh('gw1', 'ip addr del 10.64.0.99/16 dev wan; ip addr del fd00:64::99/64 dev wan');
    });

    test('mss-clamp: segments fit the smaller MTU, of both directions and both families', async () => {
      const { load, connect, listen, sh, counters } = world();
      await listen('client', '::', 80);
      const sizes = [1460, 1440, 1360, 1340, 1200];
      const count = sizes.map(
        (size) => `-A POSTROUTING -p tcp --tcp-flags SYN,RST SYN -m tcpmss --mss ${size}\n`,
      );
      const more = `*mangle\n${count.join('')}COMMIT\n`;
      const promised = async (playbook: string, vars = {}) => {
        await load(playbook, { vars, more });
        await connect('b1', '10.64.255.2', 80);
        await connect('b1', 'fd00:64::c:2', 80);
        const rules = [...(await counters()), ...(await counters('ipv6'))];
        return rules.flatMap(({ rule, packets }) => {
          const [, size] = /--mss (\d+)$/.exec(rule) ?? [];
          return size === undefined || packets === 0 ? [] : [`${packets} × ${size}`];
        });
      };
      await sh('gw1', 'ip link set wan mtu 1400');
      expect(await promised('nat-gateway')).toEqual(['2 × 1460', '2 × 1440']);
      expect(await promised('mss-clamp')).toEqual(['2 × 1360', '2 × 1340']);
      expect(await promised('mss-clamp', { mss: 1200 })).toEqual(['2 × 1200', '2 × 1200']);
      await sh('gw1', 'ip link set wan mtu 1500');
    });
  });

  describe('forwards', () => {
    test('port-forward: to one host, for whom it is meant; the host sees the gateway', async () => {
      const { load, connect, listen, gateway, backends, clients } = world();
      await load('port-forward');
      for (const from of ['client', 'neighbour', 'b1', 'gw1'] as const) {
        for (const [host, source] of [
          [gateway.address, gateway.lanAddress],
          [gateway.address6, gateway.lanAddress6],
        ] as const) {
          const seen = await connect(from, host, 8081, { count: 10 });
          expect([from, tally(seen), sourcesSeen(seen)]).toEqual([from, { b1: 10 }, [source]]);
        }
      }
      expect(tally(await connect('client', gateway.address, 8082))).toEqual({ b2: 1 });
      const others = await connect('client', gateway.address, 8082, { sources: clients, patienceMs: BRIEF });
      expect(tally(others)).toEqual({ filtered: 1 });
      const to = backends[0]?.address ?? '';
      await listen('b1', to, 53);
      await load('port-forward', {
        vars: { forwards: [{ port: 5353, to, to_port: 53, protocol: 'udp' }] },
      });
      expect(tally(await connect('client', gateway.address, 5353, { count: 20, isUdp: true }))).toEqual({
        b1: 20,
      });
      expect(tally(await connect('client', gateway.address, 5353, { patienceMs: BRIEF }))).toEqual({
        filtered: 1,
      });
    });

    test("port-forward: keeps the client's address where it is told to, but for neighbours", async () => {
      const { load, connect, gateway } = world();
      await load('port-forward', { vars: { keep_source: true, lan: LAN } });
      const sources = async (from: 'client' | 'neighbour' | 'b1' | 'gw1') =>
        sourcesSeen(await connect(from, gateway.address, 8081, { count: 5 }));
      expect(await sources('client')).toEqual(['10.64.255.2']);
      for (const from of ['neighbour', 'b1', 'gw1'] as const)
        expect(await sources(from)).toEqual([gateway.lanAddress]);
      const six = await connect('client', gateway.address6, 8081, { sources: ['fd00:64::e:1'] });
      expect(sourcesSeen(six)).toEqual(['fd00:64::e:1']);
    });

    test("a forward leaves alone the gateway's SSH, and what the hosts ask elsewhere", async () => {
      const { load, connect, listen, gateway } = world();
      await listen('client', '::', 8081);
      await load('port-forward', { more: '*filter\n-A FORWARD -i lan -o wan -j ACCEPT\nCOMMIT\n' });
      expect(tally(await connect('client', gateway.address, 22))).toEqual({ sshd: 1 });
      expect(tally(await connect('b1', '10.64.255.2', 8081))).toEqual({ client: 1 });
    });

    test('port-redirect: the other port is open, and the port itself no wider than before', async () => {
      const { load, connect, clients, clients6, gateway } = world();
      await load('port-redirect', { vars: { ssh_from: BASE.vars.ssh_from } });
      for (const [host, sources] of [
        [gateway.address, clients],
        [gateway.address6, clients6],
      ] as const) {
        expect(tally(await connect('client', host, 422, { count: 10, sources }))).toEqual({ sshd: 10 });
        expect(tally(await connect('client', host, 22, { sources, patienceMs: BRIEF }))).toEqual({
          filtered: 1,
        });
        expect(tally(await connect('gw1', host, 422))).toEqual({ sshd: 1 });
      }
    });
  });

  describe('all of it on one gateway', () => {
    test('gateway: each recipe does its own, and none of another', async () => {
      const { load, connect, listen, gateway, clients } = world();
      await listen('client', '::', 80);
      await load('gateway', { vars: { ssh_from: BASE.vars.ssh_from } });
      const web = await connect('client', gateway.address, 80, { count: 300, sources: clients });
      expect(beyondChance(tally(web), { b1: 1 / 3, b2: 1 / 3, b3: 1 / 3 })).toEqual([]);
      expect(sourcesSeen(web)).toEqual([gateway.lanAddress]);
      const mail = await connect('client', gateway.address, 25, { count: 30, sources: clients });
      expect(tally(mail)).toEqual({ b1: 10, b2: 10, b3: 10 });
      expect(sourcesSeen(mail)).toEqual(clients.slice(0, 30).sort());
      const hairpin = await connect('neighbour', gateway.address, 25, { count: 30 });
      expect([tally(hairpin), sourcesSeen(hairpin)]).toEqual([
        { b1: 10, b2: 10, b3: 10 },
        [gateway.lanAddress],
      ]);
      const six = await connect('client', gateway.address6, 25, { count: 30, sources: ['fd00:64::e:1'] });
      expect([tally(six), sourcesSeen(six)]).toEqual([{ b1: 10, b2: 10, b3: 10 }, ['fd00:64::e:1']]);
      expect(tally(await connect('client', gateway.address, 8081))).toEqual({ b1: 1 });
      expect(tally(await connect('client', gateway.address, 422, { sources: clients }))).toEqual({ sshd: 1 });
      const out = await connect('b1', '10.64.255.2', 80, { count: 10 });
      expect([tally(out), sourcesSeen(out)]).toEqual([{ client: 10 }, [gateway.address]]);
      const shut = [
        await connect('client', gateway.address, 22, { sources: clients }),
        await connect('client', gateway.address6, 8082),
        await connect('client', '10.65.255.1', 80),
      ];
      expect(shut.map(tally)).toEqual([{ refused: 1 }, { refused: 1 }, { refused: 1 }]);
    });
  });
});
