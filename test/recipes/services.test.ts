import { expect, test } from 'vitest';
import { onEachEngine } from './each-engine.ts';
import { beyondChance, sourcesSeen, tally } from './tally.ts';
import { BRIEF, type World } from './world.ts';

const THIRDS = { b1: 1 / 3, b2: 1 / 3, b3: 1 / 3 };

/** As the cluster's network would: service addresses lead to this gateway, and the gateway has a way out for them. */
async function addRoutes({ sh, gateway }: World): Promise<void> {
  const via = (address: string, address6: string) =>
    ['10.96.0.0/16', '203.0.113.0/24']
      .map((to) => `ip route replace ${to} via ${address}`)
      .concat(['fd00:96::/64', '2001:db8::/64'].map((to) => `ip route replace ${to} via ${address6}`))
      .join(' && ');
  await sh('client', via(gateway.address, gateway.address6));
  await sh('gw1', via('10.65.255.1', 'fd00:65::b:1'));
}

const service = (more: object) => ({
  name: 'WEB',
  port: 80,
  target_port: 80,
  cluster_ips: ['10.96.0.10', 'fd00:96::10'],
  ...more,
});

await onEachEngine('services', (world) => {
  test('ClusterIP: shared by chance, from outside, from the endpoints, and from the gateway itself', async () => {
    const { load, connect, gateway } = world();
    await addRoutes(world());
    await load('services');
    for (const [host, lan] of [
      ['10.96.0.10', gateway.lanAddress],
      ['fd00:96::10', gateway.lanAddress6],
    ] as const) {
      const seen = await connect('client', host, 80, { count: 200 });
      expect([beyondChance(tally(seen), THIRDS), sourcesSeen(seen)]).toEqual([[], [lan]]);
      // Each endpoint meets itself now and then: without its mark, that connection would never open.
      for (const from of ['neighbour', 'b1', 'gw1'] as const) {
        const inside = await connect(from, host, 80, { count: 60 });
        expect([from, beyondChance(tally(inside), THIRDS), sourcesSeen(inside)]).toEqual([from, [], [lan]]);
      }
    }
  });

  test('ClusterIP: who is inside the cluster is seen as who it is', async () => {
    const { load, connect, clients } = world();
    await addRoutes(world());
    await load('services', { vars: { pods: ['10.64.254.0/24'] } });
    const inside = await connect('client', '10.96.0.10', 80, { count: 64, sources: clients });
    expect(sourcesSeen(inside)).toEqual([...clients].sort());
    const outside = await connect('client', '10.96.0.10', 80, { count: 10 });
    expect(sourcesSeen(outside)).toEqual(['10.65.0.1']);
  });

  test.each([
    ['NodePort', ['10.64.0.1', 'fd00:64::1'], 30080],
    ['LoadBalancer', ['203.0.113.10', '2001:db8::10'], 80],
  ] as const)('%s, policy Cluster: all endpoints, which see the gateway', async (_, hosts, port) => {
    const { load, connect, gateway, clients, clients6 } = world();
    await addRoutes(world());
    await load('services');
    const four = await connect('client', hosts[0], port, { count: 200, sources: clients });
    const six = await connect('client', hosts[1], port, { count: 100, sources: clients6 });
    expect([beyondChance(tally(four), THIRDS), beyondChance(tally(six), THIRDS)]).toEqual([[], []]);
    expect([sourcesSeen(four), sourcesSeen(six)]).toEqual([[gateway.lanAddress], [gateway.lanAddress6]]);
    expect(beyondChance(tally(await connect('gw1', hosts[0], port, { count: 60 })), THIRDS)).toEqual([]);
  });

  test.each([
    ['NodePort', ['10.64.0.1', 'fd00:64::1'], 30081],
    ['LoadBalancer', ['203.0.113.11', '2001:db8::11'], 80],
  ] as const)("%s, policy Local: this gateway's endpoints, which see the client", async (_, hosts, port) => {
    const { load, connect, clients, clients6 } = world();
    await addRoutes(world());
    await load('services');
    const four = await connect('client', hosts[0], port, { count: 64, sources: clients });
    const six = await connect('client', hosts[1], port, { count: 64, sources: clients6 });
    expect([tally(four), tally(six)]).toEqual([{ b1: 64 }, { b1: 64 }]);
    expect(sourcesSeen(four)).toEqual([...clients].sort());
    expect(sourcesSeen(six)).toEqual([...clients6].sort());
    // The gateway itself is inside: for it all endpoints count.
    expect(beyondChance(tally(await connect('gw1', hosts[0], port, { count: 60 })), THIRDS)).toEqual([]);
  });

  test('policy Local without an endpoint here is silent; the cluster’s own address still answers', async () => {
    const { load, connect } = world();
    await addRoutes(world());
    const far = service({
      local: true,
      node_port: 30080,
      load_balancer_ips: ['203.0.113.10'],
      endpoints: [{ name: 'b2', address: '10.65.255.2', node: 'gw9' }],
    });
    const more = '*filter\n-A INPUT -p tcp -j REJECT\n-A FORWARD -p tcp -j REJECT\nCOMMIT\n';
    await load('services', { vars: { services: [far] }, more });
    const brief = { patienceMs: BRIEF };
    expect(tally(await connect('client', '10.64.0.1', 30080, brief))).toEqual({ filtered: 1 });
    expect(tally(await connect('client', '203.0.113.10', 80, brief))).toEqual({ filtered: 1 });
    expect(tally(await connect('client', '10.96.0.10', 80, { count: 5 }))).toEqual({ b2: 5 });
    expect(tally(await connect('gw1', '203.0.113.10', 80, { count: 5 }))).toEqual({ b2: 5 });
  });

  test('a service without endpoints refuses at once', async () => {
    const { load, connect } = world();
    await addRoutes(world());
    await load('services', { vars: { services: [service({ node_port: 30080, endpoints: [] })] } });
    for (const from of ['client', 'gw1'] as const) {
      expect(tally(await connect(from, '10.96.0.10', 80))).toEqual({ refused: 1 });
      expect(tally(await connect(from, 'fd00:96::10', 80))).toEqual({ refused: 1 });
      expect(tally(await connect(from, '10.64.0.1', 30080))).toEqual({ refused: 1 });
    }
  });

  test("services leave the gateway's SSH, and all other ports, as the base has them", async () => {
    const { load, connect, gateway } = world();
    await load('services');
    for (const host of [gateway.address, gateway.address6]) {
      expect(tally(await connect('client', host, 22, { count: 3 }))).toEqual({ sshd: 3 });
      expect(tally(await connect('client', host, 80, { patienceMs: BRIEF }))).toEqual({ filtered: 1 });
    }
  });
});
