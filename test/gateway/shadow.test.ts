import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalProblem } from '../../src/gateway/refusals.ts';
import type { Standing } from '../../src/gateway/standing.ts';
import { beginTransaction, inspectGateway } from '../../src/gateway/transaction.ts';
import { formatProblem } from '../../src/problem.ts';
import type { DesiredState } from '../../src/ruleset/model.ts';
import { LocalRemote } from '../local-remote.ts';
import { desiredRuleset, desiredState } from './desired.ts';
import { createSandbox, type Sandbox, type SandboxOptions, sandboxMissing } from './sandbox.ts';
import { confirmed, filter, scripts, set } from './transactions.ts';

const missing = sandboxMissing();
const skipped = missing === undefined ? '' : ` [SKIPPED: ${missing}]`;
const gateways: readonly SandboxOptions[] = [
  { backend: 'nft', userland: 'debian' },
  { backend: 'legacy', userland: 'busybox' },
];

const desired = desiredState(
  [
    desiredRuleset(
      filter('-A INPUT -s 10.0.0.1 -j ACCEPT', '-A INPUT -m set --match-set friends src -j ACCEPT'),
    ),
  ],
  { sets: [set('friends', '192.0.2.7/24')], sysctls: [{ key: 'net.ipv4.ip_forward', value: '0' }] },
);

/** Beside others' chains, which a rule of its own names. */
const guest = desiredState(
  [
    desiredRuleset(
      '*mangle\n:GUEST-IN - [0:0]\n-A FORWARD -m comment --comment "sluice:guest" -j GUEST-IN\n-A GUEST-IN -p tcp --dport http -j DOCKER-USER\nCOMMIT\n',
    ),
  ],
  { scope: { kind: 'chains', prefix: 'GUEST-', mark: 'sluice:guest', jumps: [] } },
);

/** As a gateway that has no unshare of util-linux. */
async function hideUnshare(gateway: Sandbox): Promise<void> {
  await gateway.sh(
    'file=$(command -v unshare); if [ -L "$file" ]; then rm "$file"; else mount --bind /dev/null "$file"; fi',
  );
}

/** All applets stay but its unshare. */
async function hideBusybox(gateway: Sandbox): Promise<void> {
  await gateway.sh(`
    if [ ! -e /run/tools/bin/busybox ]; then mount --bind /dev/null "$(command -v busybox)"; exit; fi
    rm /run/tools/bin/busybox`);
}

/** `ip` of iproute2, which the gateway may have hidden. */
async function giveIp(gateway: Sandbox): Promise<void> {
  const ip = ['/usr/sbin/ip', '/sbin/ip', '/bin/ip'].map((path) => read(path)).find((text) => text !== '');
  await gateway.sh(
    '[ ! -d /run/tools/sbin ] || { base64 -d >/run/tools/sbin/ip && chmod 755 /run/tools/sbin/ip; }',
    ip,
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, 'base64');
  } catch {
    return '';
  }
}

async function hideIp(gateway: Sandbox): Promise<void> {
  await gateway.sh('mount --bind /dev/null "$(command -v ip)"');
}

async function look(gateway: Sandbox, wanted: DesiredState, play = 'edge'): Promise<Standing> {
  const answer = await inspectGateway(gateway.connect(), scripts, play, wanted);
  if (answer.kind !== 'inspected') throw new Error(JSON.stringify(answer));
  return answer.standing;
}

/** Everything that a look could leave, and what shares the namespaces of the gateway. */
const LEFT = `
{ ls -AlR /run/netns /tmp /var/lib; ls -Al /run; } 2>&1 | awk '{ $2 = $6 = $7 = $8 = ""; print }'
grep -e netns -e shadow -e ' /tmp ' /proc/self/mountinfo | cut -d ' ' -f 5
iptables-save | sed -e '/^#/d' -e 's/ .[0-9]*:[0-9]*.$//'; ipset save; cat /proc/net/ip_tables_names`;

describe.skipIf(missing !== undefined).each(gateways)(
  `where namespaces are hard to make, with $backend and $userland${skipped}`,
  (options) => {
    let gateway: Sandbox;
    let withUnshare: Standing;
    beforeAll(async () => {
      gateway = await createSandbox(options);
      await giveIp(gateway);
      // The first look of all makes tables; what comes out of a real shadow is what every other way has to give.
      withUnshare = await look(gateway, desired);
    });
    afterAll(() => gateway?.dispose());

    // As in a container that may change its firewall and nothing else.
    if (options.userland === 'debian')
      test('root without CAP_SYS_ADMIN can make none', async () => {
        const bounded = ['setpriv', '--bounding-set=-sys_admin'];
        const answer = await inspectGateway(
          new LocalRemote({ prefix: [...gateway.prefix, ...bounded] }),
          scripts,
          'edge',
          desired,
        );
        const why = 'unshare: unshare failed: Operation not permitted';
        expect(answer).toMatchObject({ kind: 'inspected', standing: { ownReading: { why, undecided: [] } } });
      });

    test("busybox' own unshare gives the same", async () => {
      await hideUnshare(gateway);
      expect(await look(gateway, desired)).toEqual(withUnshare);
    });

    test('so does ip netns, which leaves neither a name nor a mount', async () => {
      await hideBusybox(gateway);
      const before = await gateway.sh(LEFT);
      expect(await look(gateway, desired)).toEqual(withUnshare);
      expect(await gateway.sh(LEFT)).toBe(before);
    });

    test('a change is rehearsed through ip netns as well, and made', async () => {
      await gateway.sh('iptables -t mangle -N DOCKER-USER && iptables -t mangle -A FORWARD -j DOCKER-USER');
      await confirmed(gateway, 'by-ip', desired);
      await confirmed(gateway, 'by-ip-too', guest, { play: 'guest' });
      expect(await gateway.sh('iptables-save')).toContain('-A INPUT -s 10.0.0.1/32 -j ACCEPT');
      expect(await gateway.sh('ls /run | grep netns || true')).toBe('');
      const broken = desiredState([desiredRuleset(filter('-A INPUT -j MASQUERADE'))]);
      expect(await inspectGateway(gateway.connect(), scripts, 'edge', broken)).toMatchObject({
        kind: 'refused',
        refusals: [{ code: 'kernel-refused', text: expect.stringContaining('ipv4 5') }],
      });
    });

    test('names that a killed look left are swept; those of others stay', async () => {
      const dead = 'sluice-0a1b2c3d-4711-99';
      await gateway.sh(
        `mkdir /run/netns; touch /run/netns/of-others; ln -s /proc/4711/ns/net /run/netns/${dead}; mkdir /tmp/${dead}; ln -s / /dev/shm/${dead}; mkdir /tmp/sluice-projects-1-2`,
      );
      await look(gateway, desired);
      expect(await gateway.sh('ls -d /run/netns/* /tmp/sluice-* /dev/shm/sluice-*')).toBe(
        `/dev/shm/${dead}\n/run/netns/of-others\n/tmp/sluice-projects-1-2\n`,
      );
      await gateway.sh(`rm /dev/shm/${dead}`);
    });

    test('where nothing makes any, the comparison is our own, says so, and leaves nothing', async () => {
      await hideIp(gateway);
      const before = await gateway.sh(LEFT);
      const standing = await look(gateway, desired);
      expect(await gateway.sh(LEFT)).toBe(before);
      expect(standing.ownReading).toEqual({ why: 'neither unshare nor ip netns is there', undecided: [] });
      const [family] = standing.families;
      expect(family?.canonical).toBe(family?.live);
      expect(standing.sets.canonical).toBe(standing.sets.live);
      expect(standing.last?.token).toBe('by-ip');

      const beside = await look(gateway, guest, 'guest');
      expect(beside.ownReading?.undecided).toEqual([]);
      expect(beside.families[0]?.canonical).toContain('--dport 80 -j DOCKER-USER');
      expect(beside.families[0]?.canonical).toBe(beside.families[0]?.live);

      const unknown = '-A INPUT -m bpf --bytecode "1,6 0 0 1" -j ACCEPT';
      const other = await look(gateway, desiredState([desiredRuleset(filter(unknown))]));
      expect(other.families[0]?.canonical).toContain(unknown);
      expect(other.ownReading?.undecided).toEqual([
        { where: 'ipv4 filter INPUT', line: unknown, reason: expect.stringContaining('bpf'), isAlike: false },
      ]);
    });

    test('there, a change is refused before anything is touched', async () => {
      const before = await gateway.sh(LEFT);
      const request = { token: 'never', play: 'edge', owner: 'me@here', confirmWithinSeconds: 60, desired };
      const answer = await beginTransaction(gateway.connect(), scripts, request);
      expect(answer).toMatchObject({ kind: 'refused', refusals: [{ code: 'no-shadow' }] });
      if (answer.kind !== 'refused' || answer.refusals[0] === undefined) throw new Error();
      expect(formatProblem(refusalProblem('gw1', answer.refusals[0]))).toContain(
        'Nothing is applied or adopted that was not rehearsed.',
      );
      // Nor by a person on the console.
      const console = await gateway.sh('sh /var/lib/sluice/sluice.sh restore by-ip </dev/null 2>&1 || true');
      expect(console).toContain('neither unshare nor ip netns is there');
      expect(console).toContain('Nothing was changed.');
      expect(await gateway.sh(LEFT)).toBe(before);
    });
  },
);
