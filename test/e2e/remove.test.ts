import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithLab } from '../lab/skip.ts';
import { createFleet, EDGE, type Fleet, FORWARD, rulesOf } from './fleet.ts';

/** Everything that a play may own, so that all of it must go. */
const OWNER = {
  ...EDGE,
  rules: [...EDGE.rules, { template: 'blocked.rules.hbs' }],
  ipsets: [{ template: 'blocked.ipset.hbs' }],
  sysctls: { 'net.ipv4.conf.all.rp_filter': 2 },
};

/** A table that is as the kernel makes it does nothing, there or not. */
const PRISTINE = /^\*\w+\n(?::\w+ ACCEPT\n)+COMMIT\n/gm;

await describeWithLab('taking sluice off gateways', () => {
  let fleet: Fleet;
  const before: Record<string, string> = {};
  beforeAll(async () => {
    fleet = await createFleet(4);
    fleet.write('templates/blocked.ipset.hbs', 'create blocked hash:net\nadd blocked 198.51.100.0/24\n');
    fleet.write(
      'templates/blocked.rules.hbs',
      '*filter\n{{#ipv4}}\n-A INPUT -m set --match-set blocked src -j DROP\n{{/ipv4}}\nCOMMIT\n',
    );
    fleet.write('all.yml', [OWNER, FORWARD]);
    for (const { name } of fleet.lab.gateways) {
      await fleet.sh(name, 'iptables -A INPUT -p udp --dport 5353 -j DROP; ipset create blocked hash:net');
      before[name] = await all(name);
    }
    for (const mark of ['v1', 'v2']) {
      const run = await fleet.sluice(['apply', 'all.yml', '--take-over', '-e', `mark=${mark}`]).ended;
      expect(run).toMatchObject({ code: 0 });
    }
    for (const { name } of fleet.lab.gateways) expect(await all(name)).toContain('--comment v2');
  });
  afterAll(() => fleet.down());

  const sluice = (...words: readonly string[]) => fleet.sluice(words).ended;
  const all = async (gateway: string) =>
    `${(await rulesOf(fleet, gateway)).replace(PRISTINE, '')}${await fleet.sh(gateway, 'ipset save | sed "s/ family.*//"; cat /proc/sys/net/ipv4/conf/all/rp_filter')}`;
  const files = (gateway: string) =>
    fleet.sh(gateway, 'ls -d /var/lib/sluice* 2>/dev/null; find /etc -name "*sluice*"');

  test('--restore-first leaves a gateway as if sluice had never been there', async () => {
    expect(await sluice('remove', 'gw1', '--restore-first')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^gw1 \| removed => (edge, forward|forward, edge): everything is as it was before its first change\n$/,
      ),
    });
    expect(await all('gw1')).toBe(before.gw1);
    expect(await files('gw1')).toBe('');
    expect(await sluice('status', 'gw1')).toMatchObject({
      code: 0,
      stdout: 'gw1 | ok => never managed by sluice\n',
    });
  });

  test('--reset empties what its plays own, and nothing else', async () => {
    await fleet.sh('gw2', 'iptables -t raw -A PREROUTING -p udp --dport 9 -j DROP');
    expect((await sluice('remove', 'gw2', '--reset')).code).toBe(0);
    const left = await all('gw2');
    expect(left).not.toMatch(/--comment|MASQUERADE|blocked|INPUT DROP/);
    expect(left).toContain('-A PREROUTING -p udp -m udp --dport 9 -j DROP');
    expect(await files('gw2')).toBe('');
  });

  test('without a flag the rules stay live', async () => {
    const rules = await all('gw3');
    expect(await sluice('remove', 'gw3')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('its rules are live still'),
    });
    expect(await all('gw3')).toBe(rules);
    expect(await files('gw3')).toBe('');
    expect((await sluice('remove', 'gw3')).stdout).toBe('gw3 | ok => sluice was not there\n');
  });

  test('a gateway that fails stops those after it, and keeps what it has', async () => {
    // What is owned no longer stands as it was left: an undo would take somebody else's rule along.
    await fleet.sh('gw4', 'iptables -A INPUT -p tcp --dport 8443 -j ACCEPT');
    const rules = await all('gw4');
    const { code, stdout } = await sluice('remove', 'gw4,gw1', '--restore-first');
    expect(code).toBe(2);
    expect(stdout).toMatch(/^gw4 \| FAILED! => .*no longer as transaction/);
    expect(stdout).toContain('gw1 | not started => a host before it failed\n');
    expect(await all('gw4')).toBe(rules);
    expect(await files('gw4')).toContain('/var/lib/sluice');
  });

  test('both flags at once are an error', async () => {
    expect(await sluice('remove', 'gw4', '--reset', '--restore-first')).toMatchObject({ code: 1 });
  });
});
