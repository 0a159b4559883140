import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describeWithLab } from '../lab/skip.ts';
import {
  createFleet,
  EDGE,
  eventsOf,
  type Fleet,
  HOLD,
  prepareHolds,
  reached,
  recapOf,
  release,
  rulesOf,
} from './fleet.ts';
import { inTerminal } from './pty.ts';

/** Long enough for whatever a test does meanwhile, short enough to wait for. */
const SHORT = { checks: [{ ...HOLD, timeout: '15s' }], rollout: { canary: 'none', confirm_within: '30s' } };

await describeWithLab('a controller that is away for a while', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await createFleet(6);
    fleet.write('edge.yml', [EDGE]);
    const { code } = await fleet.sluice(['apply', 'edge.yml']).ended;
    expect(code).toBe(0);
    await prepareHolds(fleet);
  });
  afterAll(() => fleet.down());

  /** Waits until the gateway has taken its change back by itself. */
  const takenBack = (name: string) =>
    vi.waitFor(
      () =>
        fleet.sh(
          name,
          'cd /var/lib/sluice/tx; cd "$(ls -t | head -n 1)"; [ -e state.rolled_back ] && cat rolled_back_by',
        ),
      { timeout: 120_000, interval: 1_000 },
    );

  test('asleep beyond the deadline: the gateway helps itself, and is tried again after the wake-up', async () => {
    fleet.write('asleep.yml', [{ ...EDGE, hosts: 'gw1,gw2', ...SHORT }]);
    const before = await rulesOf(fleet, 'gw1');
    const run = fleet.sluice(['apply', 'asleep.yml', '--json', '-e', 'mark=woken', '--forks', '1']);
    await reached(fleet, 'gw1');
    run.kill('SIGSTOP');
    expect(await takenBack('gw1')).toBe('the gateway at its deadline\n');
    expect(await rulesOf(fleet, 'gw1')).toBe(before);
    run.kill('SIGCONT');
    // Whoever was interrupted has its turn after the others.
    for (const name of ['gw2', 'gw1']) {
      await reached(fleet, name);
      await release(fleet, name, 'good');
    }
    const ended = await run.ended;
    expect(ended.code).toBe(0);
    expect(recapOf(ended)).toEqual({ gw1: 'changed', gw2: 'changed' });
    const ends = eventsOf(ended, 'host.finished', 'gw1').map(({ outcome }) => outcome);
    expect(ends).toMatchObject([
      { kind: 'interrupted', problem: { code: 'controller-away' } },
      { kind: 'changed' },
    ]);
  });

  test('a network that is lost, and another one found', async () => {
    const checks = [{ ...HOLD, timeout: '10s' }];
    fleet.write('moved.yml', [{ ...EDGE, hosts: 'gw3', checks, rollout: { confirm_within: '25s' } }]);
    const before = await rulesOf(fleet, 'gw3');
    const run = fleet.sluice(['apply', 'moved.yml', '--json', '-e', 'mark=moved', '-T', '5']);
    await reached(fleet, 'gw3');
    await fleet.sh('controller', 'ip addr del 10.64.255.1/16 dev wan');
    expect(await takenBack('gw3')).toBe('the gateway at its deadline\n');
    expect(await rulesOf(fleet, 'gw3')).toBe(before);
    await fleet.sh('controller', 'ip addr add 10.64.255.9/16 dev wan');
    const ended = await run.ended;
    // Rules may be what cut it off: whoever was there all the time takes it for a failure.
    expect(ended.code).toBe(2);
    expect(recapOf(ended)).toEqual({ gw3: 'rolledBack' });
  });

  test('asleep in a bake, and awake before its network is: that is not held against the gateways', async () => {
    const bake = { for: '2s', every: '1s' };
    fleet.write('dozing.yml', [{ ...EDGE, hosts: 'gw1,gw2', rollout: { canary: 'none', bake } }]);
    const run = fleet.sluice(['apply', 'dozing.yml', '--json', '-e', 'mark=dozed', '-T', '4']);
    await run.event('wave.baking');
    run.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    await fleet.sh('controller', 'iptables -I OUTPUT -p tcp --dport 22 -j REJECT');
    run.kill('SIGCONT');
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    await fleet.sh('controller', 'iptables -D OUTPUT -p tcp --dport 22 -j REJECT');
    const ended = await run.ended;
    expect(recapOf(ended)).toEqual({ gw1: 'changed', gw2: 'changed' });
    expect(ended.code).toBe(0);
  });

  test('interrupted in a bake: what was confirmed stays, and the run can be resumed', async () => {
    fleet.write('baking.yml', [
      { ...EDGE, hosts: 'gw4,gw5', rollout: { canary: 'gw4', bake: { for: '20s', every: '5s' } } },
    ]);
    const run = fleet.sluice(['apply', 'baking.yml', '--json', '-e', 'mark=baked']);
    await run.event('wave.baking');
    run.kill('SIGINT');
    const ended = await run.ended;
    expect(ended.code).toBe(130);
    expect(recapOf(ended)).toEqual({ gw4: 'changed', gw5: 'notStarted' });
    expect(await rulesOf(fleet, 'gw4')).toContain('--comment baked');
    const name = ended.events[0]?.run ?? '';
    const resumed = await fleet.sluice(['resume', name, '-e', 'mark=baked', '--json']).ended;
    expect(recapOf(resumed)).toEqual({ gw4: 'changed', gw5: 'changed' });
  });

  test('interrupted at a question: it stays a question, for whoever answers it', async () => {
    fleet.write('asked.yml', [
      { ...EDGE, hosts: 'gw5,gw6', rollout: { canary: 'gw5', pause: 'after_canary' } },
    ]);
    const run = inTerminal(fleet, ['apply', 'asked.yml', '-e', 'mark=asked'], { columns: 100, rows: 40 });
    await run.shows('Go on? [approve/abort]');
    run.type('\x03');
    const { code, terminal } = await run.ended;
    expect(code).toBe(5);
    const [, name = ''] = /sluice approve (\S+);/.exec(terminal.text) ?? [];
    expect((await fleet.sluice(['history', '-n', '1']).ended).stdout).toContain(`${name}  waiting`);
    expect(await fleet.sluice(['approve', name, '-e', 'mark=asked']).ended).toMatchObject({ code: 0 });
    for (const host of ['gw5', 'gw6']) expect(await rulesOf(fleet, host)).toContain('--comment asked');
  });
});
