import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { killedBoth } from '../gateway/processes.ts';
import { describeWithLab } from '../lab/skip.ts';
import { createFleet, EDGE, type Fleet, HOLD, prepareHolds, reached, rulesOf } from './fleet.ts';

/** Each situation has a gateway of its own. */
const GATEWAYS = 7;
const LONG = { checks: [{ ...HOLD, timeout: '100s' }], rollout: { confirm_within: '120s' } };
const TX = 'cd /var/lib/sluice/tx; cd "$(ls -t | head -n 1)"';
const KILL_BOTH = `${TX}; ${killedBoth('$(basename "$PWD")')}`;

await describeWithLab('what gateways say of themselves', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await createFleet(GATEWAYS);
    fleet.write('edge.yml', [EDGE]);
    expect((await fleet.sluice(['apply', 'edge.yml', '-l', 'gateways:!gw2']).ended).code).toBe(0);
    await prepareHolds(fleet);
  });
  afterAll(() => fleet.down());

  const sluice = (...words: readonly string[]) => fleet.sluice(words).ended;

  /** New rules are live on the gateway, and the controller that brought them is dead. */
  async function abandoned(gateway: string): Promise<void> {
    fleet.write(`${gateway}.yml`, [{ ...EDGE, hosts: gateway, ...LONG }]);
    const run = fleet.sluice(['apply', `${gateway}.yml`, '-e', 'mark=cut']);
    await reached(fleet, gateway);
    run.kill('SIGKILL');
    await run.ended;
    expect(await rulesOf(fleet, gateway)).toContain('--comment cut');
  }

  test('idle, with what was confirmed last; -v lists the transactions, --json says all of it', async () => {
    const { code, stdout, stderr } = await sluice('status', 'gw1');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^gw1 \| ok => idle; last confirmed: edge \d{4}-\S+Z by \S+@\S+\n$/);
    const verbose = await sluice('status', 'gw1', '-v');
    expect(verbose.stdout).toMatch(
      /\n {4}\S+: confirmed .* ago; current, play edge, begun \S+Z by \S+@\S+\n$/,
    );
    const json = await sluice('status', 'gw1', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      kind: 'ok',
      host: 'gw1',
      settled: [],
      problems: [],
      report: { layout: '2', transactions: [{ play: 'edge', state: 'confirmed', isLast: true }] },
    });
  });

  test('never managed, and not by this either', async () => {
    expect(await sluice('status', 'gw2')).toMatchObject({
      code: 0,
      stdout: 'gw2 | ok => never managed by sluice\n',
    });
    expect(await sluice('unlock', 'gw2')).toMatchObject({ code: 0, stdout: 'gw2 | ok => not locked\n' });
    expect(await fleet.sh('gw2', 'ls -A /var/lib')).toBe('');
  });

  test('a trial under way whose controller was killed: by whom, and how long; unlock refuses', async () => {
    await abandoned('gw3');
    const { code, stdout } = await sluice('status', 'gw3');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^gw3 \| ok => applied and waiting for its confirm, \d+ s left, by \S+@\S+ since \S+Z \(play edge, transaction \S+\); last confirmed: edge /,
    );
    const unlock = await sluice('unlock', 'gw3');
    expect(unlock.code).toBe(2);
    expect(unlock.stdout).toMatch(/^gw3 \| FAILED! => \S+@\S+ holds the lock since .*applied, \d+ s left/);
    expect(await rulesOf(fleet, 'gw3')).toContain('--comment cut');
    await fleet.sh('gw3', `${TX}; echo 1 >deadline`);
  });

  test('rolled back at its deadline by the gateway itself, which is no trouble', async () => {
    await abandoned('gw4');
    await fleet.sh(
      'gw4',
      `${TX}; echo $(($(cut -d. -f1 /proc/uptime) * 100)) >deadline; until [ -e state.rolled_back ]; do sleep 0.1; done`,
    );
    await vi.waitFor(async () => {
      const { code, stdout } = await sluice('status', 'gw4');
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /^gw4 \| ok => idle; rolled back .* ago by the gateway at its deadline: no confirm before the deadline; last confirmed: edge /,
      );
    }, 60_000);
  });

  test('runner and guard dead: a person is asked to unlock, which takes the change back', async () => {
    const before = await rulesOf(fleet, 'gw5');
    await abandoned('gw5');
    await fleet.sh('gw5', KILL_BOTH);
    const { code, stdout } = await sluice('status', 'gw5');
    expect(code).toBe(2);
    expect(stdout).toMatch(/^gw5 \| ATTENTION! => applied and waiting for its confirm/);
    expect(stdout).toContain('its runner and guard are dead');
    expect(stdout).toContain('sluice unlock gw5 ends it now');
    expect(await rulesOf(fleet, 'gw5')).toContain('--comment cut');
    const unlock = await sluice('unlock', 'gw5');
    expect(unlock.code).toBe(0);
    expect(unlock.stdout).toMatch(
      /^gw5 \| unlocked => the lock of \S+@\S+ since \S+Z \(play edge, transaction \S+\) is free; the transaction is rolled back: the runner died\n$/,
    );
    expect(await rulesOf(fleet, 'gw5')).toBe(before);
  });

  test('runner and guard dead past the deadline: the look itself ends it, and says so', async () => {
    const before = await rulesOf(fleet, 'gw6');
    await abandoned('gw6');
    await fleet.sh('gw6', `${KILL_BOTH} echo 1 >deadline`);
    const { code, stdout } = await sluice('status', 'gw6');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^gw6 \| ok => idle; rolled back .* by a later run, as runner and guard were dead/,
    );
    expect(stdout).toMatch(
      /was overdue, its runner and guard dead: it was ended by this look, and is rolled back now\n/,
    );
    expect(await rulesOf(fleet, 'gw6')).toBe(before);
  });

  test('unreachable: 4; beside one that needs a person: 2', async () => {
    fleet.write('over', '[gateways]\ngw1 ansible_port=2222\n');
    const over = ['-i', fleet.lab.inventoryFile, '-i', 'over'];
    const { code, stdout } = await sluice('status', 'gw1,gw2', ...over);
    expect(code).toBe(4);
    expect(stdout).toMatch(/^gw1 \| UNREACHABLE! => /m);
    expect(stdout).toContain('gw2 | ok => never managed by sluice\n');
    await fleet.sh('gw7', `${TX}; mv state.confirmed state.rollback_failed`);
    const both = await sluice('status', 'gw1,gw7', ...over);
    expect(both.code).toBe(2);
    expect(both.stdout).toMatch(/^gw7 \| ATTENTION! => idle; rollback failed/m);
    expect(both.stdout).toMatch(/sh \/var\/lib\/sluice\/sluice\.sh restore \S+\n/);
  });
});
