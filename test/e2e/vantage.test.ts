import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithLab } from '../lab/skip.ts';
import {
  allRules,
  countLogins,
  createFleet,
  type EndedRun,
  eventsOf,
  type Fleet,
  loginsOf,
  recapOf,
} from './fleet.ts';

/** What the LAN finds outside: pages, a port that answers, and names. */
const OUTSIDE = `
require('http').createServer((_, answer) => answer.end('outside')).listen(80, () => {
  require('dgram').createSocket('udp4').on('message', function (asked, from) {
    const header = Buffer.concat([asked.subarray(0, 2), Buffer.from('81800001000100000000', 'hex')]);
    const question = asked.subarray(12, asked.indexOf(0, 12) + 5);
    const answer = Buffer.concat([Buffer.from('c00c00010001000000010004', 'hex'), Buffer.from([192, 0, 2, 7])]);
    this.send(Buffer.concat([header, question, answer]), from.port, from.address);
  }).bind(53, () => console.log('listens'));
});`;

/** A gateway to the world for its LAN. */
const WAY_OUT = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A INPUT -p tcp --dport 22 -m comment --comment {{mark}} -j ACCEPT
-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A FORWARD -i lan -o wan -j ACCEPT
COMMIT
*nat
-A POSTROUTING -s 10.65.0.0/16 -o wan -j MASQUERADE
COMMIT
`;

const CLIENT = '10.64.255.2';
const FROM_LAN = { from: 'clients', retries: 0, delay: 0, timeout: '3s' };

await describeWithLab('a client in the LAN looks', () => {
  let fleet: Fleet;
  let outside: ChildProcess;
  beforeAll(async () => {
    fleet = await createFleet(2);
    const [file = '', ...argv] = fleet.lab.command('client', [process.execPath, '-e', OUTSIDE]);
    outside = spawn(file, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    if (outside.stdout !== null) await once(outside.stdout, 'data');
    fleet.write('templates/way-out.rules.hbs', WAY_OUT);
    fleet.write('templates/shut.rules.hbs', WAY_OUT.replace(/^-A FORWARD -i lan .*\n/m, ''));
    await countLogins(fleet, 'desk');
  });
  afterAll(async () => {
    outside.kill('SIGKILL');
    await fleet.down();
  });

  const play = (checks: readonly object[], vars: object, template = 'way-out') => [
    {
      id: 'lan',
      hosts: 'gateways',
      vars: { mark: 'v1', ...vars },
      rules: [{ template: `${template}.rules.hbs` }],
      rollout: { canary: 'gw1' },
      checks,
    },
  ];
  const apply = (...argv: readonly string[]) => fleet.sluice(['apply', 'lan.yml', '--json', ...argv]).ended;
  /** Verdicts of checks, before and after the change. */
  const seen = (run: EndedRun, host: string) =>
    eventsOf(run, 'check.observed', host)
      .filter(({ check }) => check !== 'fresh SSH connection')
      .map(({ check, from, verdict, seen, isBefore }) => {
        return `${isBefore ? 'before: ' : ''}${check} from ${from}: ${verdict}, ${seen}`;
      })
      .toSorted();
  const problemOf = (run: EndedRun, host: string) => eventsOf(run, 'host.finished', host)[0]?.outcome;

  const WAYS_OUT = [
    { ...FROM_LAN, name: 'page', http: `http://${CLIENT}/`, expect: { status: 200, body: 'outside' } },
    { ...FROM_LAN, name: 'port', tcp: `${CLIENT}:80` },
    { ...FROM_LAN, name: 'echo', ping: CLIENT },
    { ...FROM_LAN, name: 'name', dns: 'www.example.com', server: CLIENT, expect: { answers: ['192.0.2.7'] } },
    { ...FROM_LAN, name: 'login', command: 'hostname; id -un', expect: { stdout: 'desk\noperator' } },
    { ...FROM_LAN, name: 'ssh', tcp: '{{ansible_host}}:22' },
  ];
  /** What everybody else sees is well, whatever becomes of the LAN. */
  const ELSEWHERE = [
    { name: 'ssh here', tcp: '{{ansible_host}}:22' },
    { name: 'out', http: `http://${CLIENT}/`, from: 'gateway' },
  ];

  test('with every kind, over one login for all gateways', async () => {
    fleet.write('lan.yml', play(WAYS_OUT, {}));
    const before = await loginsOf(fleet, 'desk');
    const run = await apply('--take-over');
    expect(run.stderr).toBe('');
    expect(recapOf(run)).toEqual({ gw1: 'changed', gw2: 'changed' });
    expect((await loginsOf(fleet, 'desk')) - before).toBe(1);
    for (const host of ['gw1', 'gw2'])
      expect(seen(run, host).filter((line) => !line.startsWith('before: '))).toEqual([
        expect.stringMatching(/^echo from desk: pass, a reply in /),
        'login from desk: pass, exit 0',
        'name from desk: pass, 192.0.2.7',
        'page from desk: pass, status 200',
        'port from desk: pass, open',
        'ssh from desk: pass, open',
      ]);
  });

  test('and it alone sees that its way out is shut: the change is taken back', async () => {
    fleet.write('lan.yml', play([...WAYS_OUT, ...ELSEWHERE], { mark: 'shut' }, 'shut'));
    const rules = await allRules(fleet);
    const before = await loginsOf(fleet, 'desk');
    const run = await apply();
    expect(run.code).toBe(2);
    expect(recapOf(run)).toEqual({ gw1: 'rolledBack', gw2: 'notStarted' });
    const after = eventsOf(run, 'check.observed', 'gw1').filter(({ isBefore }) => isBefore !== true);
    const failed = after.filter(({ verdict }) => verdict !== 'pass');
    expect(failed.map(({ check, from, verdict }) => `${check} from ${from}: ${verdict}`).toSorted()).toEqual([
      'echo from desk: fail',
      'name from desk: fail',
      'page from desk: fail',
      'port from desk: fail',
    ]);
    expect((await loginsOf(fleet, 'desk')) - before).toBe(1);
    expect(await allRules(fleet)).toEqual(rules);
    fleet.write('lan.yml', play([...WAYS_OUT, ...ELSEWHERE], {}));
    expect((await fleet.sluice(['verify', 'lan.yml']).ended).code).toBe(0);
  });

  test('is out of reach: no gateway is changed', async () => {
    const refuse = 'INPUT -p tcp --dport 22 -j REJECT --reject-with tcp-reset';
    await fleet.sh('desk', `iptables -I ${refuse}`);
    fleet.write('lan.yml', play(WAYS_OUT, { mark: 'unseen' }));
    const rules = await allRules(fleet);
    const run = await apply();
    await fleet.sh('desk', `iptables -D ${refuse}`);
    expect(run.code).toBe(2);
    expect(recapOf(run)).toEqual({ gw1: 'failed', gw2: 'notStarted' });
    expect(problemOf(run, 'gw1')).toMatchObject({
      problem: {
        code: 'check-not-made',
        message:
          'checks "page", "port", "echo", "name", "login", "ssh" could not be made: vantage host desk ' +
          "can't be reached: 10.64.255.3 port 22 refuses connections; nothing was changed",
      },
    });
    expect(eventsOf(run, 'host.armed')).toEqual([]);
    expect(await allRules(fleet)).toEqual(rules);
  });

  test('lacks a tool: that is told of the check, and no gateway is changed', async () => {
    const hide = (...tools: readonly string[]) =>
      `for tool in ${tools.join(' ')}; do for at in /usr/local/bin /usr/bin /bin; do
         [ ! -x "$at/$tool" ] || mount --bind /dev/null "$(readlink -f "$at/$tool")"; done; done`;
    const show =
      'while umount "$(grep -m1 -oE " /usr/[^ ]*bin/[^ ]+ " /proc/mounts)" 2>/dev/null; do :; done';
    await fleet.sh('desk', hide('nc', 'busybox', 'python3', 'curl', 'wget'));
    fleet.write('lan.yml', play([WAYS_OUT[1] ?? {}], { mark: 'by-bash' }));
    expect(recapOf(await apply('--limit', 'gw1'))).toEqual({ gw1: 'changed' });

    await fleet.sh('desk', hide('bash'));
    fleet.write('lan.yml', play([WAYS_OUT[1] ?? {}], { mark: 'blind' }));
    const rules = await allRules(fleet);
    const run = await apply();
    await fleet.sh('desk', show);
    expect(run.code).toBe(2);
    expect(recapOf(run)).toEqual({ gw1: 'failed', gw2: 'notStarted' });
    expect(seen(run, 'gw1')).toEqual([
      'before: port from desk: unknown, no tool on desk: install one of nc, bash with timeout, python3, curl',
    ]);
    expect(problemOf(run, 'gw1')).toMatchObject({
      problem: {
        code: 'check-not-made',
        remedy: 'Install the tool there, or make the check from elsewhere (from: …).',
      },
    });
    expect(eventsOf(run, 'host.armed')).toEqual([]);
    expect(await allRules(fleet)).toEqual(rules);
  });
});
