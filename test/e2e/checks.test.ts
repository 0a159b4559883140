import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithLab } from '../lab/skip.ts';
import { encrypt } from '../vault/vaults.ts';
import {
  allRules,
  countLogins,
  createFleet,
  EDGE,
  eventsOf,
  type Fleet,
  FORWARD,
  filesOf,
  loginsOf,
  recapOf,
} from './fleet.ts';

/** What checks of a host saw: name, place, verdict, what was seen; those before the change are marked. */
function seen(run: Parameters<typeof eventsOf>[0], host?: string): readonly string[] {
  return eventsOf(run, 'check.observed', host)
    .filter(({ check }) => check !== 'fresh SSH connection')
    .map(
      (event) =>
        `${event.isBefore ? 'before: ' : ''}${event.check} from ${event.from}: ${event.verdict}, ${event.seen}${event.isIgnored ? ' (ignored)' : ''}`,
    );
}

await describeWithLab('checks, end to end', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await createFleet(3);
    await Promise.all(['gw1', 'gw2', 'gw3'].map((name) => countLogins(fleet, name)));
  });
  afterAll(() => fleet.down());

  const once = { retries: 0, delay: 0 };
  const play = (checks: readonly object[], more: object = {}) => [
    { ...EDGE, hosts: 'gw1,gw2', rollout: { canary: 1 }, checks, ...more },
  ];
  const apply = (...argv: readonly string[]) => fleet.sluice(['apply', 'edge.yml', '--json', ...argv]).ended;

  test('a third machine looks, over one login for the whole run', async () => {
    const web = { tcp: '{{ansible_host}}:8080', ...once, timeout: '1s' };
    fleet.write(
      'edge.yml',
      play([
        { name: 'ssh answers there', tcp: '{{ansible_host}}:22', from: 'gw3' },
        { ...web, name: 'silent to the rest', expect: 'filtered', from: 'gw3' },
        { ...web, name: 'silent here', expect: 'closed' },
        { command: 'test "$(id -u)" != 0', from: 'gw3', name: 'as the login' },
      ]),
    );
    const before = await loginsOf(fleet, 'gw3');
    const run = await apply();
    expect(run.stderr).toBe('');
    expect(recapOf(run)).toEqual({ gw1: 'changed', gw2: 'changed' });
    expect((await loginsOf(fleet, 'gw3')) - before).toBe(1);
    // Three logins a gateway, as without checks, and one at the third machine.
    expect(eventsOf(run, 'run.finished')[0]?.connections).toBe(7);
    const all = seen(run, 'gw1');
    expect(all.toSorted()).toEqual([
      'as the login from gw3: pass, exit 0',
      'before: as the login from gw3: pass, exit 0',
      'before: silent here from controller: pass, connection refused',
      'before: silent to the rest from gw3: fail, connection refused',
      'before: ssh answers there from gw3: pass, open',
      'silent here from controller: pass, timed out after 1 s (filtered)',
      'silent to the rest from gw3: pass, timed out after 1 s (filtered)',
      'ssh answers there from gw3: pass, open',
    ]);
    const [applied] = eventsOf(run, 'host.armed', 'gw1');
    for (const event of eventsOf(run, 'check.observed', 'gw1'))
      expect(event.seq < (applied?.seq ?? 0)).toBe(event.isBefore === true);
    const [id] = (await fleet.sluice(['history']).ended).stdout.split(' ');
    const told = await fleet.sluice(['history', id ?? '', 'gw1']).ended;
    expect(told.stdout).toContain(
      'check already failing: [gw1] silent to the rest => tcp 10.64.0.1:8080 from gw3: expected filtered, saw connection refused (1 try,',
    );
  });

  test('who has nothing to change is looked at once, over its one login, and is never rolled back', async () => {
    fleet.write(
      'edge.yml',
      play([{ name: 'nobody serves', tcp: '{{ansible_host}}:8080', ...once, timeout: '1s' }]),
    );
    const before = await allRules(fleet);
    const logins = await loginsOf(fleet, 'gw1');
    const run = await apply('--limit', 'gw1');
    expect(run.code).toBe(2);
    expect(recapOf(run)).toEqual({ gw1: 'failed' });
    expect(seen(run)).toEqual(['nobody serves from controller: fail, timed out after 1 s (filtered)']);
    expect((await loginsOf(fleet, 'gw1')) - logins).toBe(1);
    expect(await allRules(fleet)).toEqual(before);
    const problem = eventsOf(run, 'host.finished')[0]?.outcome;
    expect(problem).toMatchObject({ problem: { message: expect.stringContaining('nothing was changed') } });
  });

  test.each([
    ['require_fix', 'rolledBack', ['before: x from gateway: fail, exit 3', 'x from gateway: fail, exit 3']],
    ['ignore', 'changed', ['before: x from gateway: fail, exit 3', 'x from gateway: fail, exit 3 (ignored)']],
    ['stop', 'failed', ['before: x from gateway: fail, exit 3']],
  ])('a check that fails already, under %s: %s', async (policy, end, sights) => {
    const vars = { mark: `m-${policy}` };
    fleet.write(
      'edge.yml',
      play([{ name: 'x', command: 'exit 3', ...once, when_already_failing: policy }], { vars }),
    );
    const run = await apply('--limit', 'gw1');
    expect(recapOf(run)).toEqual({ gw1: end });
    expect(seen(run)).toEqual(sights);
    expect((await allRules(fleet)).gw1?.includes(`m-${policy}`)).toBe(end === 'changed');
    expect(eventsOf(run, 'host.armed')).toHaveLength(end === 'failed' ? 0 : 1);
  });

  test('a first rollout goes through whose check could not pass before it', async () => {
    fleet.write('forward.yml', [
      {
        ...FORWARD,
        hosts: 'gw1',
        checks: [{ name: 'site', http: 'http://{{ansible_host}}/', expect: { status: 200, body: 'b1' } }],
      },
    ]);
    const run = await fleet.sluice(['apply', 'forward.yml', '--json']).ended;
    expect(run.code).toBe(0);
    expect(seen(run)).toEqual([
      expect.stringMatching(/^before: site from controller: fail, /),
      'site from controller: pass, status 200',
    ]);
  });

  test.each([true, false])(
    'where the third machine is out of reach, nothing is changed (baseline: %s)',
    async (baseline) => {
      const before = await allRules(fleet);
      // Backends have no sshd.
      fleet.write(
        'edge.yml',
        play([{ name: 'far', tcp: '{{ansible_host}}:23', expect: 'closed', from: 'b1', baseline, ...once }], {
          vars: { mark: 'unreached' },
        }),
      );
      const run = await apply();
      expect(run.code).toBe(2);
      expect(recapOf(run)).toEqual({ gw1: 'failed', gw2: 'notStarted' });
      expect(eventsOf(run, 'host.finished')[0]?.outcome).toMatchObject({
        problem: {
          code: 'check-not-made',
          message: expect.stringMatching(
            /check "far" could not be made: vantage host b1 can't be reached: .*; nothing was changed/,
          ),
        },
      });
      expect(eventsOf(run, 'host.armed')).toEqual([]);
      expect(await allRules(fleet)).toEqual(before);
    },
  );

  test('the kinds that look at traffic, on both engines and from a third machine', async () => {
    fleet.write(
      'templates/round.rules.hbs',
      `*nat
{{#each (hosts 'backends')}}
-A PREROUTING -p tcp --dport 80 -m statistic --mode nth --every {{subtract 3 @index}} --packet 0 -m comment --comment "to {{name}}" -j DNAT --to-destination {{address}}:80
{{/each}}
-A POSTROUTING -o lan -j MASQUERADE
COMMIT
*filter
-A INPUT -p tcp --dport 4711 -m comment --comment nobody
-A INPUT -p udp --dport 4712 -j REJECT
-A INPUT -p udp --dport 4713 -j DROP
-A INPUT -p icmp -s 10.64.0.3 -j DROP
COMMIT
`,
    );
    const after = { baseline: false, retries: 1 };
    const site = 'http://{{ansible_host}}/';
    const backends = "{{#each (hosts 'backends')}}{{name}} {{/each}}";
    const away = { ...after, timeout: '1s' };
    const checks = [
      // Longer than those look that count what it sends.
      {
        name: 'round',
        distribution: site,
        connections: 300,
        expect: { backends, by: 'exact' },
        timeout: '30s',
        baseline: false,
        retries: 0,
      },
      // What the first check made is remembered for a while.
      { name: 'flows', conntrack: 'tcp dst={{ansible_host}} dport=80', ...after },
      { name: 'no flows', conntrack: 'udp dport=5353', expect: 'absent', ...after },
      { name: 'ssh counts', counters: 'nat PREROUTING', comment: 'to b1', over: '2s', ...after },
      {
        name: 'nobody comes',
        counters: 'filter INPUT',
        comment: 'nobody',
        over: 1,
        expect: 'stay',
        ...after,
      },
      ...['controller', 'gw3'].flatMap((from) => [
        { name: `rejected from ${from}`, udp: '{{ansible_host}}:4712', expect: 'refused', from, ...away },
        { name: `dropped from ${from}`, udp: '{{ansible_host}}:4713', expect: 'filtered', from, ...away },
      ]),
      // Past the gateways: their rounds are the first check's alone.
      { name: 'page', http: 'http://10.65.255.1/', headers: { 'X-A': 'b' }, from: 'gw3', ...after },
      { name: 'a reply', ping: '{{ansible_host}}', ...after },
      { name: 'no reply', ping: '{{ansible_host}}', expect: 'filtered', from: 'gw3', ...away },
    ];
    const rules = [{ template: 'round.rules.hbs' }];
    fleet.write('traffic.yml', [
      { id: 'traffic', hosts: 'gw1,gw2', rules, rollout: { canary: 'none' }, checks },
    ]);
    const run = await fleet.sluice(['apply', 'traffic.yml', '--take-over', '--json']).ended;
    expect(run.stderr).toBe('');
    const wrong = eventsOf(run, 'check.observed').filter(({ verdict }) => verdict !== 'pass');
    expect(wrong).toEqual([]);
    expect(recapOf(run)).toEqual({ gw1: 'changed', gw2: 'changed' });
    expect(seen(run, 'gw2')).toContainEqual('round from controller: pass, b1 100, b2 100, b3 100');
  });

  test('a secret header is sent, and kept nowhere', async () => {
    fleet.write('password', 'open sesame\n');
    const vaulted = encrypt('s3cret-token', 'open sesame').trimEnd();
    fleet.write(
      'secret.yml',
      `- id: forward
  hosts: gw1
  vars:
    token: !vault |
${vaulted
  .split('\n')
  .map((line) => `      ${line}`)
  .join('\n')}
  rules: [{ template: round.rules.hbs }]
  checks:
    - { name: asked, http: "http://{{ansible_host}}/", headers: { Authorization: "Bearer {{token}}" }, from: gateway }
    - { name: asked here, http: "http://{{ansible_host}}/", headers: { Authorization: "Bearer {{token}}" } }
`,
    );
    const run = await fleet.sluice(['verify', 'secret.yml', '--json', '--vault-password-file', 'password'])
      .ended;
    expect(run.stderr).toBe('');
    expect(seen(run).map((line) => line.split(':')[0])).toHaveLength(2);
    const grep = await fleet.sh('controller', `grep -rl s3cret-token '${fleet.folder}' || true`);
    expect(`${run.stdout}${grep}`).not.toContain('s3cret');
    const closed = await fleet.sluice(['verify', 'secret.yml']).ended;
    expect(closed.code).toBe(1);
    expect(closed.stderr).toContain('header Authorization of check "asked');
  });

  test('verify makes the checks alone, and leaves nothing behind', async () => {
    fleet.write(
      'edge.yml',
      play([
        { name: 'in', tcp: '{{ansible_host}}:22', each: 'groups.gateways', from: '{{item}}' },
        { name: 'out', command: 'test $(hostname) != gw2 && false || exit 0', ...once },
      ]),
    );
    const before = await filesOf(fleet, 'gw1');
    const rules = await allRules(fleet);
    const run = await fleet.sluice(['verify', 'edge.yml', '--json']).ended;
    expect(run.stderr).toBe('');
    expect(run.code).toBe(0);
    expect(recapOf(run)).toEqual({ gw1: 'ok', gw2: 'ok' });
    expect(seen(run, 'gw1').toSorted()).toEqual([
      'in [gw1] from gateway: pass, open',
      'in [gw2] from gw2: pass, open',
      'in [gw3] from gw3: pass, open',
      'out from gateway: pass, exit 0',
    ]);
    // Both address families, as after a change.
    expect(
      eventsOf(run, 'check.observed', 'gw1').filter(({ check }) => check === 'fresh SSH connection'),
    ).toHaveLength(2);
    expect(await allRules(fleet)).toEqual(rules);
    expect(await filesOf(fleet, 'gw1')).toBe(before);
  });

  test('verify says what fails where, and 4 where hosts are out of reach alone', async () => {
    fleet.write('edge.yml', play([{ name: 'x', command: 'echo no >&2; exit 1', ...once }]));
    const failing = await fleet.sluice(['verify', 'edge.yml', '--limit', 'gw1']).ended;
    expect(failing.code).toBe(2);
    expect(failing.stdout).toContain('check failed: [gw1] x =>');
    expect(failing.stdout).toMatch(
      /sh: echo no >&2; exit 1 from gateway: expected exit 0, saw exit 1: no \(1 try, .* s\)/,
    );
    expect(failing.stdout).toMatch(/^Verify: 2 of 3 checks passed; 0 of 1 gateway well, 1 failed\.$/m);
    const unreachable = [{ ...EDGE, hosts: 'b1' }];
    fleet.write('edge.yml', unreachable);
    const run = await fleet.sluice(['verify', 'edge.yml', '--json']).ended;
    expect(run.code).toBe(4);
    expect(recapOf(run)).toEqual({ b1: 'unreachable' });
    fleet.write('edge.yml', play([{ tcp: '{{ansible_host}}:22', from: 'nobody' }]));
    const refused = await fleet.sluice(['verify', 'edge.yml']).ended;
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('from: ');
  });
});
