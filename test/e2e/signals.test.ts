import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
const SHORT = { checks: [{ ...HOLD, timeout: '5s' }], rollout: { confirm_within: '15s' } };
const LONG = { checks: [{ ...HOLD, timeout: '40s' }], rollout: { confirm_within: '60s' } };

await describeWithLab('a run that is cut', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await createFleet(11);
    fleet.write('edge.yml', [EDGE]);
    const { code } = await fleet.sluice(['apply', 'edge.yml']).ended;
    expect(code).toBe(0);
    await prepareHolds(fleet);
  });
  afterAll(() => fleet.down());

  /** Starts a run that holds the first of its hosts in flight, with its new rules live. */
  async function held(hosts: readonly string[], play: object, ...more: readonly string[]) {
    const [first = ''] = hosts;
    fleet.write(`${first}.yml`, [{ ...EDGE, hosts, ...play }]);
    const before = await rulesOf(fleet, first);
    const own = ['-i', fleet.ownInventory()];
    const run = fleet.sluice(['apply', `${first}.yml`, '--json', '-e', 'mark=cut', ...own, ...more]);
    await reached(fleet, first);
    return { run, before };
  }
  const applyTo = (name: string) =>
    fleet.sluice([
      'apply',
      'edge.yml',
      '--json',
      '-e',
      'mark=later',
      '--limit',
      name,
      '-i',
      fleet.ownInventory(),
    ]).ended;

  /** Waits until the gateway has ended its last transaction by itself; answers its state, its reason and who acted. */
  async function endOf(name: string): Promise<string> {
    const look =
      'cd /var/lib/sluice/tx; cd "$(ls -t | head -n 1)"; [ -e state.rolled_back ] && cat reason rolled_back_by';
    return vi.waitFor(() => fleet.sh(name, look), { timeout: 120_000, interval: 1_000 });
  }

  test.concurrent.each([
    ['SIGINT', ['gw1', 'gw2'], { canary: 'none' }, 'good', 'changed'],
    ['SIGTERM', ['gw3', 'gw4'], { canary: 'none' }, 'bad', 'rolledBack'],
    ['SIGHUP', ['gw5', 'gw6'], { canary: 'gw5' }, 'good', 'changed'],
  ] as const)(
    '%s: nothing new starts, and what is in flight comes to its end',
    async (signal, hosts, wave, word, end) => {
      const [first, second] = hosts;
      const { run, before } = await held(
        hosts,
        { ...LONG, rollout: { ...LONG.rollout, ...wave } },
        '--forks',
        '1',
      );
      run.kill(signal);
      expect(await run.event('interrupt.received')).toMatchObject({ signal, inFlight: 1 });
      await release(fleet, first, word);
      const ended = await run.ended;
      expect(ended.code).toBe(130);
      expect(recapOf(ended)).toEqual({ [first]: end, [second]: 'notStarted' });
      expect(eventsOf(ended, 'run.finished')[0]?.exitCode).toBe(130);
      expect(eventsOf(ended, 'host.started').map(({ host }) => host)).toEqual([first]);
      const rules = await rulesOf(fleet, first);
      if (end === 'changed') expect(rules).toContain('--comment cut');
      else expect(rules).toBe(before);
      expect(recapOf(await applyTo(hosts.join(',')))).toEqual({ [first]: 'changed', [second]: 'changed' });
    },
  );

  test.concurrent('a second signal leaves at once; the gateway takes its change back at its deadline', async () => {
    const { run, before } = await held(['gw7'], SHORT);
    run.kill('SIGINT');
    await run.event('interrupt.received');
    run.kill('SIGINT');
    const ended = await run.ended;
    expect(ended.code).toBe(130);
    expect(eventsOf(ended, 'host.finished')).toEqual([]);
    expect(await rulesOf(fleet, 'gw7')).toContain('--comment cut');
    expect(await endOf('gw7')).toBe('no confirm before the deadline\nthe gateway at its deadline\n');
    expect(await rulesOf(fleet, 'gw7')).toBe(before);
    expect(recapOf(await applyTo('gw7'))).toEqual({ gw7: 'changed' });
  });

  test.concurrent('a controller that is killed leaves a gateway that helps itself, and a readable journal', async () => {
    const { run, before } = await held(['gw8'], {
      ...SHORT,
      rollout: { canary: 'none', confirm_within: '40s' },
    });
    run.kill('SIGKILL');
    const ended = await run.ended;
    // What was shown is kept.
    const [started] = eventsOf(ended, 'run.started');
    const kept = readFileSync(join(fleet.folder, started?.journal ?? '', 'events.jsonl'), 'utf8');
    expect(kept.slice(0, ended.stdout.length)).toBe(ended.stdout);
    expect(eventsOf(ended, 'host.applied', 'gw8')).toHaveLength(1);

    // Whoever comes meanwhile is told who is at it, and changes nothing.
    const meanwhile = await applyTo('gw8');
    expect(meanwhile.code).toBe(2);
    expect(eventsOf(meanwhile, 'host.finished')[0]?.outcome).toMatchObject({
      kind: 'failed',
      problem: { code: 'locked', message: expect.stringContaining('holds the lock since') },
    });

    expect(await endOf('gw8')).toBe('no confirm before the deadline\nthe gateway at its deadline\n');
    expect(await rulesOf(fleet, 'gw8')).toBe(before);
    const later = await applyTo('gw8');
    expect(later.code).toBe(0);
    expect(recapOf(later)).toEqual({ gw8: 'changed' });
    expect(await rulesOf(fleet, 'gw8')).toContain('--comment later');
  });

  test.concurrent('goes on when nobody reads its output any more', async () => {
    const { run } = await held(['gw9'], LONG);
    run.stopReading();
    await release(fleet, 'gw9', 'good');
    expect(await run.ended).toMatchObject({ code: 0, stderr: '' });
    expect(await rulesOf(fleet, 'gw9')).toContain('--comment cut');
    expect(
      await fleet.sluice(['plan', 'gw9.yml', '-e', 'mark=cut', '--detailed-exitcode']).ended,
    ).toMatchObject({
      code: 0,
    });
  });

  test.concurrent('a terminal that goes away is a SIGHUP, and no more', async () => {
    const cwd = join(fleet.folder, 'terminal');
    mkdirSync(cwd);
    fleet.write('gw10.yml', [{ ...EDGE, hosts: ['gw10', 'gw11'], ...LONG }]);
    const statusFile = join(cwd, 'status');
    const options = { columns: 80, rows: 24, cwd, statusFile };
    const run = inTerminal(fleet, ['apply', '../gw10.yml', '-e', 'mark=cut'], options);
    await reached(fleet, 'gw10');
    run.hangUp();
    const journal = () => {
      const runs = join(cwd, '.sluice/runs');
      const lines = readFileSync(join(runs, readdirSync(runs)[0] ?? '', 'events.jsonl'), 'utf8')
        .trim()
        .split('\n');
      return { events: lines.map((line) => JSON.parse(line)) };
    };
    await vi.waitFor(
      () => expect(eventsOf(journal(), 'interrupt.received')).toMatchObject([{ signal: 'SIGHUP' }]),
      60_000,
    );
    await release(fleet, 'gw10', 'good');
    await vi.waitFor(
      () => expect(eventsOf(journal(), 'run.finished')).toMatchObject([{ exitCode: 130 }]),
      60_000,
    );
    await vi.waitFor(() => expect(readFileSync(statusFile, 'utf8')).toBe('130\n'), 60_000);
    expect(recapOf(journal())).toEqual({ gw10: 'changed', gw11: 'notStarted' });
    expect(await rulesOf(fleet, 'gw10')).toContain('--comment cut');
  });
});
