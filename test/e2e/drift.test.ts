import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readMetrics } from '../cli/views/metrics.ts';
import { describeWithLab } from '../lab/skip.ts';
import {
  allRules,
  createFleet,
  EDGE,
  eventsOf,
  type Fleet,
  filesOf,
  HOLD,
  prepareHolds,
  reached,
  release,
  rulesOf,
} from './fleet.ts';

/** Odd ones are nft, even ones legacy. */
const GATEWAYS = 6;
const SETS = { ipsets: [{ template: 'block.ipset.hbs' }], sysctls: { 'net.ipv4.conf.all.log_martians': 0 } };
const PLAY = {
  ...EDGE,
  ...SETS,
  contested_after: 1,
  rules: [...EDGE.rules, { template: 'block.rules.hbs' }],
};
const MANAGED = 'gateways:!gw5';

await describeWithLab('drift, end to end', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await createFleet(GATEWAYS);
    fleet.write(
      'templates/block.ipset.hbs',
      'create block hash:ip\nadd block 192.0.2.1\nadd block 192.0.2.2\n',
    );
    fleet.write(
      'templates/block.rules.hbs',
      '{{#ipv4}}\n*filter\n-A INPUT -m set --match-set block src -j DROP\nCOMMIT\n{{/ipv4}}\n',
    );
    fleet.write('edge.yml', [PLAY]);
    fleet.write('report.yml', [{ ...PLAY, enforce: false }]);
    expect(await sluice('apply', 'edge.yml', '-l', MANAGED)).toMatchObject({ code: 0, stderr: '' });
  });
  afterAll(() => fleet.down());

  const sluice = (...words: readonly string[]) => fleet.sluice(words).ended;
  const json = (...words: readonly string[]) => sluice(...words, '--json');
  const statesOf = (run: Awaited<ReturnType<typeof json>>) =>
    Object.fromEntries(eventsOf(run, 'host.compared').map(({ host, state }) => [host, state]));
  const read = (name: string) => readFileSync(join(fleet.folder, name), 'utf8');

  /** What somebody does by hand, on either backend. */
  const BY_HAND = {
    gw1: 'iptables -D INPUT -i lo -j ACCEPT; iptables -A INPUT -p udp --dport 9 -j ACCEPT; ipset del block 192.0.2.1',
    gw2: 'ip6tables -A FORWARD -j DROP; ipset add block 192.0.2.9; echo 1 >/proc/sys/net/ipv4/conf/all/log_martians',
  };

  test('in compliance: 0, with one login a gateway and nothing changed there', async () => {
    const files = await filesOf(fleet, 'gw1');
    const run = await json('drift', 'edge.yml', '-l', MANAGED);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(statesOf(run)).toEqual({
      gw1: 'in_compliance',
      gw2: 'in_compliance',
      gw3: 'in_compliance',
      gw4: 'in_compliance',
      gw6: 'in_compliance',
    });
    expect(eventsOf(run, 'run.finished')[0]?.connections).toBe(5);
    expect(await filesOf(fleet, 'gw1')).toBe(files);
  });

  test('says what came and went by another hand, and what could not be judged', async () => {
    for (const [name, act] of Object.entries(BY_HAND)) await fleet.sh(name, act);
    await prepareHolds(fleet);
    fleet.write('held.yml', [
      { ...PLAY, hosts: 'gw4', checks: [{ ...HOLD, timeout: '100s' }], rollout: { confirm_within: '120s' } },
    ]);
    const held = fleet.sluice(['apply', 'held.yml', '-e', 'mark=held', '--json']);
    await reached(fleet, 'gw4');
    const before = await allRules(fleet);
    const outputs = ['--output', 'junit=drift.xml', '--output', 'prometheus=sluice.prom'];
    const run = await json(
      'drift',
      'edge.yml',
      '-e',
      '{"ansible_port": "{{ 1 if inventory_hostname == \'gw6\' else 22 }}"}',
      ...outputs,
    );
    expect(run.stderr).toBe('');
    expect(statesOf(run)).toEqual({
      gw1: 'drifted',
      gw2: 'drifted',
      gw3: 'in_compliance',
      gw4: 'in_transaction',
      gw5: 'never_managed',
      gw6: 'unreachable',
    });
    expect(run.code).toBe(2);
    expect(eventsOf(run, 'host.compared', 'gw1')[0]).toMatchObject({
      byAnotherHand: {
        came: ['ipv4 filter: -A INPUT -p udp -m udp --dport 9 -j ACCEPT'],
        went: ['ipv4 filter: -A INPUT -i lo -j ACCEPT', 'ipset block: add block 192.0.2.1'],
        lines: 3,
      },
      isPlaybookNewer: false,
    });
    expect(eventsOf(run, 'host.compared', 'gw2')[0]).toMatchObject({
      byAnotherHand: {
        came: [
          'ipv6 filter: -A FORWARD -j DROP',
          'ipset block: add block 192.0.2.9',
          'sysctls: net.ipv4.conf.all.log_martians = 1',
        ],
        went: ['sysctls: net.ipv4.conf.all.log_martians = 0'],
      },
    });
    expect(await allRules(fleet)).toEqual(before);
    const metrics = readMetrics(read('sluice.prom'));
    expect(metrics.get('sluice_gateway_in_compliance{host="gw3",play="edge"}')).toBe(1);
    expect(metrics.get('sluice_gateway_foreign_changes{host="gw1",play="edge"}')).toBe(3);
    expect(metrics.get('sluice_gateway_unreachable{host="gw6",play="edge"}')).toBe(1);
    expect(metrics.has('sluice_gateway_in_compliance{host="gw6",play="edge"}')).toBe(false);
    expect(statSync(join(fleet.folder, 'sluice.prom')).mode & 0o777).toBe(0o644);
    expect(read('drift.xml')).toContain('tests="6" failures="3" errors="2" skipped="0"');
    await release(fleet, 'gw4', 'bad');
    expect((await held.ended).code).toBe(2);
    const shown = await sluice('drift', 'edge.yml', '-l', 'gw1,gw2,gw3,gw5');
    expect(shown.code).toBe(3);
    expect(shown.stdout).toMatch(
      /drifted: \[gw1\] \(3 lines changed by another hand since \S+Z by \S+@\S+; apply: \+2 -1\)/,
    );
    expect(shown.stdout).toContain('Drift: 1 of 4 gateways in compliance, 2 drifted, 1 never managed.');
  });

  test('a play that is not enforced reports, and changes nothing', async () => {
    const before = await rulesOf(fleet, 'gw1');
    const run = await sluice('apply', 'report.yml', '-l', 'gw1,gw3');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain('enforce: false, so nothing is changed');
    expect(run.stdout).toContain('+-A INPUT -p udp -m udp --dport 9 -j ACCEPT');
    expect(await rulesOf(fleet, 'gw1')).toBe(before);
  });

  test('--only-drifted changes what drifted, canary first, and nobody else; then it is contested', async () => {
    const shown = await sluice('apply', 'edge.yml', '--only-drifted');
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('+-A INPUT -p udp -m udp --dport 9 -j ACCEPT');
    expect(shown.stdout.match(/changed: \[\w+\]/g)).toEqual(['changed: [gw1]', 'changed: [gw2]']);
    expect(shown.stdout).toContain('never managed, left as they are: gw5');
    expect((await json('drift', 'edge.yml', '-l', MANAGED)).code).toBe(0);
    await fleet.sh('gw1', BY_HAND.gw1);
    await fleet.sh('gw3', 'iptables -D INPUT -i lo -j ACCEPT');
    const before = await rulesOf(fleet, 'gw1');
    const run = await sluice('apply', 'edge.yml', '--only-drifted', '-l', 'gw1,gw3');
    expect(run.code).toBe(3);
    expect(run.stdout).toContain('contested: [gw1] was put right in 1 of the last 1 run:');
    expect(run.stdout).toContain('changed: [gw3]');
    expect(await rulesOf(fleet, 'gw1')).toBe(before);
    expect((await json('apply', 'edge.yml', '-l', 'gw1')).code).toBe(0);
    expect((await json('drift', 'edge.yml', '-l', 'gw1')).code).toBe(0);
  });
});
