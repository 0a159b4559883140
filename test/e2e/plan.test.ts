import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { planEventSchema } from '../../src/rollout/plan-events.ts';
import { describeWithLab } from '../lab/skip.ts';
import { createFleet, EDGE, eventsOf, type Fleet, processesOf, recapOf } from './fleet.ts';

const SET = 'create blocked hash:net\nadd blocked 192.0.2.0/24\n';

let fleet: Fleet;
const sluice = (...argv: string[]) => fleet.sluice(argv).ended;
/** Each way to a namespace, and none: that they compare right is proved on sandboxes. */
const onDemand = test.skipIf(process.env.SLUICE_TESTS !== 'all');
const planFile = () => join(fleet.folder, 'edge.plan');
const edge = (more: object = {}) => fleet.write('edge.yml', [{ ...EDGE, ...more }]);

await describeWithLab('a plan', () => {
  beforeAll(async () => {
    fleet = await createFleet(2);
    fleet.write('templates/blocked.ipset.hbs', SET);
  });
  afterAll(() => fleet?.down());

  test('changes nothing on a gateway of either backend, whether it is made or refused', async () => {
    const rich = {
      ipsets: [{ template: 'blocked.ipset.hbs' }],
      sysctls: { 'net.ipv4.ip_forward': 1 },
      vars: { mark: 'v0' },
    };
    edge(rich);
    fleet.write('broken.rules.hbs', '*filter\n-A INPUT -p tcp --dport 22 -j MASQUERADE\nCOMMIT\n');
    fleet.write('broken.yml', [{ ...EDGE, rules: [{ template: 'broken.rules.hbs' }] }]);
    // The first login of all leaves things of its own.
    expect((await sluice('plan', 'edge.yml', '-b')).code).toBe(0);
    const before = await everything();

    const planned = await sluice('plan', 'edge.yml', '-b', '--detailed-exitcode');
    expect([planned.code, planned.stderr]).toEqual([3, '']);
    expect((await sluice('plan', 'broken.yml', '-b')).code).toBe(2);
    // A session may take a moment to end after its connection has.
    await vi.waitFor(async () => expect(await everything()).toEqual(before), 60_000);
  });

  onDemand('changes nothing either where namespaces are hard to make, or none can be made', async () => {
    edge({ ipsets: [{ template: 'blocked.ipset.hbs' }], sysctls: { 'net.ipv4.ip_forward': 1 } });
    const other = await createFleet(2);
    try {
      for (const name of ['edge.yml', 'templates/blocked.ipset.hbs'])
        other.write(name, readFileSync(join(fleet.folder, name), 'utf8'));
      const plan = (...more: string[]) => other.sluice(['plan', 'edge.yml', '-b', ...more]).ended;
      const shown = (text: string) => text.slice(text.indexOf('changes on'), text.indexOf('PLAY RECAP'));
      const first = await plan();
      for (const tool of ['unshare', 'busybox', 'ip']) {
        for (const { name } of other.lab.gateways)
          await other.sh(name, `! command -v ${tool} || mount --bind /dev/null "$(command -v ${tool})"`);
        const before = await lasting(other);
        const planned = await plan('--detailed-exitcode');
        expect([planned.code, planned.stderr]).toEqual([3, '']);
        expect(await lasting(other)).toEqual(before);
        // Of a set that isn't there, only a kernel knows what ipset adds to its header.
        if (tool !== 'ip') expect(shown(planned.stdout)).toBe(shown(first.stdout));
      }
      const own = "compared by sluice's own reading of rules, as no shadow namespace can be made here";
      expect((await plan()).stdout).toContain(`note: ${own} (neither unshare nor ip netns is there)`);
      for (const event of eventsOf(await plan('--json'), 'host.planned')) {
        expect(event.ownReading?.undecided).toEqual([]);
        expect(planEventSchema.safeParse(event).error).toBeUndefined();
      }
      const out = await plan('--out', 'edge.plan');
      expect([out.code, out.stderr]).toEqual([1, expect.stringContaining('gw2: edge.plan is not saved')]);
      const before = await lasting(other);
      expect(await other.sluice(['apply', 'edge.yml', '-b']).ended).toMatchObject({
        code: 2,
        stdout: expect.stringContaining('Nothing is applied or adopted that was not rehearsed.'),
      });
      expect(await lasting(other)).toEqual(before);
    } finally {
      await other.down();
    }
  });

  test('shows what changes, where it was written, and is for programs, too', async () => {
    edge();
    const shown = await sluice('plan', 'edge.yml', '-b');
    expect(shown.stdout).toMatch(/^\+-A INPUT -i lo -j ACCEPT {2}# templates\/open\.rules\.hbs:5$/m);
    const run = await sluice('plan', 'edge.yml', '-b', '--json');
    for (const type of ['plan.diff', 'host.planned'] as const) {
      expect(eventsOf(run, type)).not.toHaveLength(0);
      for (const event of eventsOf(run, type)) expect(planEventSchema.safeParse(event).error).toBeUndefined();
    }
    const changed = { code: 3, stderr: '' };
    expect(await sluice('plan', 'edge.yml', '-b', '--detailed-exitcode')).toMatchObject(changed);
  });

  test('that was saved is for its owner alone, and is applied exactly', async () => {
    edge();
    const saved = await sluice('plan', 'edge.yml', '-b', '--out', 'edge.plan');
    expect(saved).toMatchObject({ code: 0, stderr: 'Saved. To do exactly this: sluice apply edge.plan\n' });
    expect(statSync(planFile()).mode & 0o777).toBe(0o600);
    for (const flag of [['-e', 'a=1'], ['-t', 'x'], ['-i', 'gw1,'], ['--take-over']])
      expect(await sluice('apply', 'edge.plan', '-b', ...flag)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('makes no sense with a saved plan'),
      });

    // Another host's variable, and the line at which a rule is written, are no reason.
    fleet.write('host_vars/b1.yml', 'mark: other\n');
    fleet.write('templates/open.rules.hbs', `# moved by a line\n${template('open')}`);
    const limited = await sluice('apply', 'edge.plan', '-b', '--json', '-l', 'gw2');
    expect(recapOf(limited)).toEqual({ gw2: 'changed' });
    // Where it is done already, nothing is left to do.
    const rest = await sluice('apply', 'edge.plan', '-b', '--json');
    expect(recapOf(rest)).toEqual({ gw1: 'changed', gw2: 'ok' });
  });

  test('is refused where the input or what is live changed since, and only there', async () => {
    edge({ vars: { mark: 'v2' } });
    expect(await sluice('plan', 'edge.yml', '-b', '--out', 'edge.plan')).toMatchObject({ code: 0 });
    await fleet.sh('gw1', 'iptables -A INPUT -s 203.0.113.9 -j DROP');
    const held = await sluice('apply', 'edge.plan', '-b', '--check', '--progress', 'plain');
    expect(held.stdout).toContain(
      'the plan holds no more: what is live there changed: ipv4 filter chain INPUT',
    );
    expect(held.stdout).toMatch(/gw2 +: ok=1 +changed=1/);
    await fleet.sh('gw1', 'iptables -D INPUT -s 203.0.113.9 -j DROP');

    edge({ vars: { mark: 'v3' }, rollout: { confirm_within: '50s' } });
    const input = await sluice('apply', 'edge.plan', '-b', '--progress', 'plain');
    expect(input.code).toBe(2);
    expect(input.stdout).toContain(
      'what is rendered for it changed: ipv4 filter (INPUT: +1 -1); ipv6 filter (INPUT: +1 -1); confirm_within (60 then, 50 now)',
    );
    fleet.write('edge.yml', []);
  });

  test('whose file or whose project is not as it was is refused in words', async () => {
    edge({ vars: { mark: 'v4' } });
    await sluice('plan', 'edge.yml', '-b', '--out', 'edge.plan');
    const text = readFileSync(planFile(), 'utf8');
    const tried = async (content: string) => {
      writeFileSync(planFile(), content);
      const { code, stderr } = await sluice('apply', 'edge.plan', '-b');
      return `${code}: ${stderr.split('\n')[0]}`;
    };
    expect(await tried(text.slice(0, 400))).toBe(
      '1: edge.plan: this plan is damaged: it ends too early, or is no JSON',
    );
    expect(await tried(text.replace('v4', 'v5'))).toBe(
      '1: edge.plan: this plan is damaged: it is not as sluice wrote it',
    );
    expect(await tried(text.replace('"version":1', '"version":7'))).toBe(
      '1: edge.plan: this plan has the format 7, this sluice knows 1',
    );
    writeFileSync(planFile(), text);
    const elsewhere = join(fleet.folder, 'moved.yml');
    await fleet.sh('controller', `mv ${fleet.folder}/edge.yml ${elsewhere}`);
    expect((await sluice('apply', 'edge.plan', '-b')).stderr).toContain(
      'edge.yml: the plan was made from this file, and it is not here',
    );
    await fleet.sh('controller', `mv ${elsewhere} ${fleet.folder}/edge.yml`);
    expect((await sluice('plan', 'edge.plan', '-b')).stderr).toContain(
      'this is a saved plan, not a playbook',
    );
    expect((await sluice('plan', 'edge.yml', '-b', '--out', 'edge.yml')).stderr).toContain(
      'overwrite a file that is no plan',
    );
    const secret = await sluice(
      'plan',
      'edge.yml',
      '-b',
      '--out',
      'x.plan',
      '-e',
      'ansible_password=hunter2',
    );
    expect(secret.stderr).toContain('ansible_password is a password');
    expect(secret.stderr).not.toContain('hunter2');
  });
});

function template(name: string): string {
  return readFileSync(join(fleet.folder, `templates/${name}.rules.hbs`), 'utf8');
}

/** All that a planner could change on the gateways, by its name. */
async function everything(of = fleet): Promise<Record<string, unknown>> {
  const looks = of.lab.gateways.map(async ({ name }) => [
    name,
    { state: await of.sh(name, LOOK), processes: await processesOf(of, name) },
  ]);
  return Object.fromEntries(await Promise.all(looks));
}

/** Likewise, but for when the folder was last written to in which a look without a mount namespace has a name for a moment. */
async function lasting(of: Fleet): Promise<string> {
  return JSON.stringify(await everything(of)).replaceAll(/( \d+) [\d.]+ \/run /g, '$1 /run ');
}

/**
 * Saves of both engines without counters, tables that exist at all, sets, kernel parameters but for what counts, and every file with its
 * times: less what an SSH login and sudo themselves write down.
 */
const LOOK = `
for family in iptables ip6tables; do
  for engine in nft legacy; do $family-$engine-save; done
done | sed -e '/^#/d' -e 's/ \\[[0-9]*:[0-9]*\\]$//'
cat /proc/net/ip_tables_names /proc/net/ip6_tables_names
ipset save
find /proc/sys/net -type f ! -name '*_count' ! -name 'flush' -exec grep -Hs . {} + | sort
find /etc /var /root /home /tmp /run \\( -path /run/sudo -o -path /var/log -o -path /run/utmp \\) -prune -o \\
  -printf '%y %m %u %s %T@ %p %l\\n' | sort -k 6
`;
