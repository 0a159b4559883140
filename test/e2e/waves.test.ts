import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithLab } from '../lab/skip.ts';
import { allRules, createFleet, EDGE, eventsOf, type Fleet, recapOf, rulesOf, UNTIL_GO } from './fleet.ts';

const PAIRS = { gw1: 'left', gw2: 'left', gw3: 'right', gw4: 'right' };
/** Passes until a file says that the gateway fell ill. */
const HEALTHY = { name: 'healthy', command: 'test ! -e /tmp/ill', retries: 0, delay: 0 };

await describeWithLab('waves, end to end', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await createFleet(4);
    for (const [host, pair] of Object.entries(PAIRS))
      fleet.write(`host_vars/${host}.yml`, `ha_pair: ${pair}\n`);
    write({ rollout: { canary: 'none' } });
    expect(await apply()).toMatchObject({ code: 0 });
  });
  afterAll(() => fleet.down());

  function write(more: object) {
    fleet.write('edge.yml', [{ ...EDGE, checks: [HEALTHY], ...more }]);
  }
  const apply = (...more: readonly string[]) => fleet.sluice(['apply', 'edge.yml', '--json', ...more]).ended;
  const armed = (run: Parameters<typeof eventsOf>[0]) => eventsOf(run, 'host.armed').map(({ host }) => host);

  test('those that are apart go one after the other, each once its partner was found well', async () => {
    write({ vars: { mark: 'v2' }, rollout: { canary: 1, apart: 'ha_pair' } });
    const run = await apply();
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(eventsOf(run, 'wave.started').map(({ hosts }) => hosts)).toEqual([
      ['gw1'],
      ['gw2', 'gw3'],
      ['gw4'],
    ]);
    const seen = eventsOf(run, 'check.observed', 'gw4').map(({ check, verdict }) => `${check}: ${verdict}`);
    expect(seen.slice(0, 2)).toEqual([
      'partner gw3: fresh SSH connection: pass',
      'partner gw3: healthy: pass',
    ]);
    const first = run.events.findIndex(
      ({ type, ...event }) => type === 'host.armed' && 'host' in event && event.host === 'gw4',
    );
    expect(run.events.slice(0, first)).toContainEqual(
      expect.objectContaining({ check: 'partner gw3: healthy' }),
    );
  });

  test('a partner that a limit leaves out, and that is not well, keeps its host from being changed', async () => {
    const before = await rulesOf(fleet, 'gw1');
    write({ vars: { mark: 'v3' }, rollout: { apart: 'ha_pair' } });
    await fleet.sh('gw2', 'touch /tmp/ill');
    const ill = await apply('--limit', 'gw1');
    await fleet.sh('gw2', 'rm /tmp/ill');
    expect(ill.code).toBe(2);
    expect(armed(ill)).toEqual([]);
    const [finished] = eventsOf(ill, 'host.finished', 'gw1');
    expect(finished?.outcome).toMatchObject({ problem: { code: 'partner-not-well' } });

    await fleet.sh('gw2', 'iptables -t raw -A PREROUTING -p tcp --dport 22 -j DROP');
    const gone = await apply('--limit', 'gw1', '-T', '5');
    await fleet.sh('gw2', 'iptables -t raw -D PREROUTING -p tcp --dport 22 -j DROP');
    expect(gone.code).toBe(2);
    expect(armed(gone)).toEqual([]);
    expect(await rulesOf(fleet, 'gw1')).toBe(before);
  });

  test('a partner that another run has on trial keeps its host from being changed', async () => {
    const before = await rulesOf(fleet, 'gw1');
    const rollout = { apart: 'ha_pair', confirm_within: '30s' };
    fleet.write('held.yml', [
      {
        ...EDGE,
        vars: { mark: 'held' },
        checks: [{ ...UNTIL_GO, timeout: '100s' }],
        rollout: { confirm_within: '120s' },
      },
    ]);
    const first = fleet.sluice(['apply', 'held.yml', '--json', '--limit', 'gw2', '-i', fleet.ownInventory()]);
    const { run } = await first.event('host.applied', 'gw2');
    write({ vars: { mark: 'other' }, rollout });
    const second = await apply('--limit', 'gw1');
    await fleet.sh('gw2', '>/tmp/go');
    expect(await first.ended).toMatchObject({ code: 0 });
    await fleet.sh('gw2', 'rm /tmp/go');
    expect(second.code).toBe(2);
    expect(armed(second)).toEqual([]);
    const [finished] = eventsOf(second, 'host.finished', 'gw1');
    expect(finished?.outcome).toMatchObject({
      problem: { code: 'partner-not-well', message: expect.stringContaining(run) },
    });
    expect(await rulesOf(fleet, 'gw1')).toBe(before);
  });

  test('a host that falls ill in the bake takes its wave back, although it was confirmed', async () => {
    const before = await allRules(fleet);
    write({ vars: { mark: 'v4' }, rollout: { canary: 'gw1,gw3', bake: { for: '10s', every: '1s' } } });
    const run = fleet.sluice(['apply', 'edge.yml', '--json']);
    await run.event('wave.baking');
    await fleet.sh('gw3', 'touch /tmp/ill');
    const ended = await run.ended;
    await fleet.sh('gw3', 'rm /tmp/ill');
    expect(ended.code).toBe(2);
    expect(recapOf(ended)).toEqual({
      gw1: 'rolledBack',
      gw2: 'notStarted',
      gw3: 'rolledBack',
      gw4: 'notStarted',
    });
    expect(eventsOf(ended, 'wave.baked')).toMatchObject([{ decision: 'roll_back_wave' }]);
    expect(await allRules(fleet)).toEqual(before);
  });

  test('rollback_all brings back whatever the run confirmed, the newest wave first', async () => {
    const before = await allRules(fleet);
    write({ vars: { mark: 'v5' }, rollout: { serial: 1, on_failure: 'rollback_all' } });
    await fleet.sh('gw4', 'touch /tmp/ill');
    // Well before its change and well after it; ill once it went back, by another cause.
    const running = fleet.sluice(['apply', 'edge.yml', '--json']);
    await running.event('host.finished', 'gw2');
    await fleet.sh('gw2', 'touch /tmp/ill');
    const run = await running.ended;
    await Promise.all(['gw2', 'gw4'].map((name) => fleet.sh(name, 'rm /tmp/ill')));
    expect(run.code).toBe(2);
    const back = run.events.slice(run.events.findIndex(({ type }) => type === 'rollback.started'));
    const seen = eventsOf({ events: back }, 'check.observed').filter(({ check }) =>
      check.includes('healthy'),
    );
    expect(seen.map(({ host, check, verdict }) => `${host} ${check}: ${verdict}`)).toEqual([
      'gw3 gone back: healthy: pass',
      'gw2 gone back: healthy: fail',
      'gw1 gone back: healthy: pass',
    ]);
    expect(eventsOf(run, 'warning').map(({ problem: { host, code } }) => `${host} ${code}`)).toContain(
      'gw2 check-failed-after-undo',
    );
    expect(eventsOf(run, 'rollback.started').map(({ hosts }) => hosts)).toEqual([['gw3'], ['gw2'], ['gw1']]);
    expect(recapOf(run)).toEqual({
      gw1: 'rolledBack',
      gw2: 'rolledBack',
      gw3: 'rolledBack',
      gw4: 'rolledBack',
    });
    expect(await allRules(fleet)).toEqual(before);
  });

  test('a rule that drops what it let in before is seen by its own counters', async () => {
    const before = await allRules(fleet);
    const drops = { over: '2s', increase: '50%', at_least: 5 };
    fleet.write(
      'templates/quiet.rules.hbs',
      '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p udp --dport 9 -j DROP\nCOMMIT\n',
    );
    const quiet = { ...EDGE, rules: [{ template: 'quiet.rules.hbs' }], checks: [] };
    fleet.write('edge.yml', [{ ...quiet, rollout: { canary: 'gw1', bake: { for: '1s', drops } } }]);
    // Ping-like load from the gateway to itself: what the old rules let in on lo, the new ones drop.
    await fleet.sh(
      'gw1',
      'setsid sh -c "while :; do echo >/dev/udp/127.0.0.1/9; sleep 0.02; done" bash >/dev/null 2>&1 & echo $! >/tmp/load'.replace(
        'sh -c',
        'bash -c',
      ),
    );
    const run = await apply();
    await fleet.sh('gw1', 'kill -- -$(cat /tmp/load) || kill $(cat /tmp/load)');
    expect(run.code).toBe(2);
    expect(eventsOf(run, 'drops.compared', 'gw1')).toMatchObject([
      { isOver: true, rules: [{ rule: 'ipv4 filter -A INPUT -p udp -m udp --dport 9 -j DROP' }] },
    ]);
    expect(recapOf(run)).toMatchObject({ gw1: 'rolledBack', gw2: 'notStarted' });
    expect(await allRules(fleet)).toEqual(before);
  });
});
