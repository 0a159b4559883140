import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithLab } from '../lab/skip.ts';
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
