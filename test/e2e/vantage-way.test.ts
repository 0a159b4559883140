import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithLab } from '../lab/skip.ts';
import { countLogins, createFleet, type EndedRun, eventsOf, type Fleet, loginsOf, recapOf } from './fleet.ts';

/** A gateway whose LAN is reached through it alone: by a jump over it, or by a port that it sends on. */
const THROUGH = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A INPUT -p tcp --dport 22 -m comment --comment {{mark}} -j ACCEPT
-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT
-A FORWARD -i lan -o wan -j ACCEPT
COMMIT
*nat
-A PREROUTING -i wan -p tcp --dport 2222 -j DNAT --to-destination 10.65.255.250:22
-A POSTROUTING -o wan -s 10.65.0.0/16 -j MASQUERADE
COMMIT
`;

await describeWithLab('a client in the LAN that is reached through the gateway that changes', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await createFleet(1);
    const { desk, keyFile, knownHostsFile, gateways } = fleet.lab;
    const address = gateways[0]?.address ?? '';
    fleet.write('templates/through.rules.hbs', THROUGH);
    fleet.write('templates/no-port.rules.hbs', THROUGH.replace(/^-A PREROUTING .*\n/m, ''));
    fleet.write('templates/no-forward.rules.hbs', THROUGH.replace(/^-A FORWARD .*\n/gm, ''));
    fleet.write(
      'jump.config',
      `Host ${address}
  HostKeyAlias gw1
Host !${address} *
  ProxyJump ${address}
Host *
  User operator
  IdentityFile ${keyFile}
  UserKnownHostsFile ${knownHostsFile}
`,
    );
    const inventory = await fleet.sh('controller', `cat ${fleet.lab.inventoryFile}`);
    const reachedBy = (at: string, args: string) =>
      inventory.replace(/^desk .*$/m, `desk ansible_host=${at} ansible_ssh_common_args='${args}'`);
    fleet.write('jump', reachedBy(desk.address, `-F ${fleet.folder}/jump.config`));
    const alias = `-o UserKnownHostsFile=${knownHostsFile} -o HostKeyAlias=desk -o Port=2222`;
    fleet.write('port', reachedBy(address, alias));
    // There is no other way in.
    await fleet.sh('desk', 'ip link set wan down');
    await Promise.all(['gw1', 'desk'].map((name) => countLogins(fleet, name)));
    fleet.write('lan.yml', play('first'));
    const first = await fleet.sluice(['apply', 'lan.yml', '--take-over', '--json']).ended;
    expect(recapOf(first)).toEqual({ gw1: 'changed' });
  });
  afterAll(() => fleet.down());

  const OUT = { name: 'out', tcp: '10.64.255.1:1', expect: 'refused', timeout: '1s', retries: 1 };
  const play = (mark: string, template = 'through', withinSeconds = 40) => [
    {
      id: 'lan',
      hosts: 'gateways',
      vars: { mark },
      conntrack: 'flush_removed',
      rules: [{ template: `${template}.rules.hbs` }],
      rollout: { confirm_within: `${withinSeconds}s` },
      checks: mark === 'first' ? [] : [{ ...OUT, from: 'clients' }],
    },
  ];
  const run = (by: string, ...words: readonly string[]) =>
    fleet.sluice([...words, 'lan.yml', '--json', '-i', by, '-T', '6']);
  const seen = (ended: EndedRun) =>
    eventsOf(ended, 'check.observed')
      .filter(({ check }) => check === 'out')
      .map(({ verdict, seen, isBefore }) => `${isBefore ? 'before: ' : ''}${verdict}, ${seen}`);
  /** How often it was logged in to, and its gateway, while something is done. */
  async function logins<T>(work: () => Promise<T>) {
    const count = () => Promise.all(['desk', 'gw1'].map((name) => loginsOf(fleet, name)));
    const before = await count();
    const result = await work();
    const after = await count();
    return { result, counts: after.map((each, at) => each - (before[at] ?? 0)) };
  }

  test.each([
    // Three logins of the gateway's own, and two to jump over it.
    ['jump', [2, 5]],
    ['port', [2, 3]],
  ] as const)('by a %s: looks over a new connection once the rules are live', async (by, expected) => {
    fleet.write('lan.yml', play(`kept-${by}`));
    const { result, counts } = await logins(() => run(by, 'apply').ended);
    expect(result.stderr).toBe('');
    expect(recapOf(result)).toEqual({ gw1: 'changed' });
    expect(seen(result)).toEqual(['before: pass, connection refused', 'pass, connection refused']);
    expect(counts).toEqual(expected);
  });

  const UNREACHED =
    "unknown, vantage host desk can't be reached: 10.64.0.1 port 2222 did not answer within 6 s";

  test.each([
    ['jump', 'no-forward', 'fail, timed out after 1 s (filtered)'],
    ['port', 'no-forward', UNREACHED],
    // The connection from before would go on: its packets are sent on as before.
    ['port', 'no-port', UNREACHED],
  ])(
    'by a %s: what shuts its way (%s) is taken back, and the way is open again',
    async (by, template, end) => {
      fleet.write('lan.yml', play(`${template}-${by}`, template));
      const before = await fleet.sh('gw1', 'iptables-save -t filter; iptables-save -t nat');
      const ended = await run(by, 'apply').ended;
      expect(ended.code).toBe(2);
      expect(recapOf(ended)).toEqual({ gw1: 'rolledBack' });
      expect(seen(ended)).toEqual(['before: pass, connection refused', end]);
      const rulesOnly = (saved: string) => saved.replace(/^#.*\n/gm, '').replace(/ \[\d+:\d+\]$/gm, '');
      const after = await fleet.sh('gw1', 'iptables-save -t filter; iptables-save -t nat');
      expect(rulesOnly(after)).toBe(rulesOnly(before));
      expect((await run(by, 'verify').ended).code).toBe(0);
    },
  );

  test('by a port: with the controller dead, the gateway opens the way by itself', async () => {
    fleet.write('lan.yml', play('dead', 'no-forward', 15));
    const cut = run('port', 'apply');
    await cut.event('host.applied');
    cut.kill('SIGKILL');
    await cut.ended;
    expect(await fleet.sh('gw1', 'iptables -S FORWARD')).toBe('-P FORWARD DROP\n');
    fleet.write('lan.yml', play('alive'));
    const next = await run('port', 'apply', '--lock-wait', '60s').ended;
    expect(recapOf(next)).toEqual({ gw1: 'changed' });
    expect(seen(next)).toEqual(['before: pass, connection refused', 'pass, connection refused']);
  });
});
