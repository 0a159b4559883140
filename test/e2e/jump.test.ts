import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithLab } from '../lab/skip.ts';
import { countLogins, createFleet, EDGE, eventsOf, type Fleet, loginsOf, recapOf, rulesOf } from './fleet.ts';

await describeWithLab('gateways behind a jump host', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await createFleet(3);
    const { gateways, knownHostsFile, keyFile } = fleet.lab;
    const [jump, ...behind] = gateways;
    const hosts = behind.map(({ name, address }) => `${name} ansible_host=${address}\n`).join('');
    fleet.write('behind', `[gateways]\n${hosts}[gateways:vars]\nansible_become=yes\n`);
    fleet.write(
      '.ssh/config',
      `Host jump
  HostName ${jump?.address}
Host !jump *
  ProxyJump jump
Host *
  User operator
  IdentityFile ${keyFile}
  UserKnownHostsFile ${knownHostsFile}
`,
    );
    fleet.write('edge.yml', [EDGE]);
    fleet.write('locked.yml', [{ ...EDGE, rules: [{ template: 'no-new-ssh.rules.hbs' }] }]);
    // Whoever comes from elsewhere than the jump host gets no answer.
    const only = `iptables -t raw -A PREROUTING ! -s ${jump?.address} -p tcp --dport 22 -j DROP`;
    await Promise.all(behind.map(({ name }) => fleet.sh(name, only)));
    await countLogins(fleet, 'gw1');
  });
  afterAll(() => fleet.down());

  const run = (...words: readonly string[]) => fleet.sluice([...words, '-i', 'behind']).ended;

  test('are changed and confirmed, over one login to the jump host', async () => {
    const ended = await run('apply', 'edge.yml', '--json');
    expect(recapOf(ended)).toEqual({ gw2: 'changed', gw3: 'changed' });
    expect(ended.code).toBe(0);
    expect(await loginsOf(fleet, 'gw1')).toBe(1);
  });

  test('take a lock-out back', async () => {
    const before = await rulesOf(fleet, 'gw2');
    const ended = await run('apply', 'locked.yml', '--limit', 'gw2', '--json', '-T', '6');
    expect(ended.code).toBe(2);
    expect(recapOf(ended)).toEqual({ gw2: 'rolledBack' });
    const [observed] = eventsOf(ended, 'check.observed', 'gw2');
    expect(observed).toMatchObject({
      verdict: 'fail',
      seen: expect.stringContaining('through jump host jump'),
    });
    expect(await rulesOf(fleet, 'gw2')).toBe(before);
  });

  test('are not cut off by a change of the jump host itself, though it lets the operator in', async () => {
    const [jump] = fleet.lab.gateways;
    const direct = "ansible_ssh_common_args='-o ProxyJump=none' ansible_become=yes";
    fleet.write('jump', `[gateways]\ngw1 ansible_host=${jump?.address} ${direct}\n`);
    const open = await run('apply', 'edge.yml', '--json', '-e', 'mark=through', '-i', 'jump');
    expect(recapOf(open)).toEqual({ gw1: 'changed', gw2: 'changed', gw3: 'changed' });
    const seen = eventsOf(open, 'check.observed', 'gw1').map(({ check, verdict }) => `${check}: ${verdict}`);
    expect(seen).toContain('fresh SSH connection to gw3 behind it: pass');

    const out = '-A OUTPUT -p tcp --dport 22 -m conntrack --ctstate NEW -j DROP';
    fleet.write('templates/shut.rules.hbs', `*filter\n:INPUT ACCEPT\n${out}\nCOMMIT\n`);
    fleet.write('shut.yml', [{ ...EDGE, families: ['ipv4'], rules: [{ template: 'shut.rules.hbs' }] }]);
    const before = await rulesOf(fleet, 'gw1');
    const ended = await run('apply', 'shut.yml', '--json', '-T', '6', '-i', 'jump');
    expect(ended.code).toBe(2);
    expect(recapOf(ended)).toEqual({ gw1: 'rolledBack', gw2: 'notStarted', gw3: 'notStarted' });
    const [finished] = eventsOf(ended, 'host.finished', 'gw1');
    expect(finished?.outcome).toMatchObject({
      problem: {
        code: 'cut-off-behind',
        message: expect.stringMatching(/^gw2, and 1 more can't be reached/),
      },
    });
    expect(await rulesOf(fleet, 'gw1')).toBe(before);
  });

  test('without a way through are unreachable, and the jump host is named', async () => {
    const ended = await run('ping', 'gw2', '--ssh-common-args=-J operator@127.0.0.1:1');
    expect(ended.code).toBe(4);
    expect(ended.stdout + ended.stderr).toContain(
      "can't open a connection to jump host 127.0.0.1 port 1 (through jump host jump): Connection refused",
    );
  });
});
