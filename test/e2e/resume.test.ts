import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { giveAnswer } from '../../src/journal/answers.ts';
import type { Event } from '../../src/rollout/events.ts';
import { describeWithLab } from '../lab/skip.ts';
import {
  createFleet,
  EDGE,
  type EndedRun,
  eventsOf,
  type Fleet,
  HOLD,
  prepareHolds,
  reached,
  recapOf,
  release,
  rulesOf,
  UNTIL_GO,
} from './fleet.ts';
import { inTerminal } from './pty.ts';

await describeWithLab('a run that stops and goes on', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await createFleet(17);
    await prepareHolds(fleet);
  });
  afterAll(() => fleet.down());

  /** All that the journal of a run says. */
  function journalOf(run: Pick<EndedRun, 'events'>): { readonly events: readonly Event[] } {
    const [first] = run.events;
    const path = join(fleet.folder, '.sluice/runs', first?.run ?? '', 'events.jsonl');
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    return { events: lines.map((line) => JSON.parse(line)) };
  }
  const nameOf = ({ events }: Pick<EndedRun, 'events'>) => events[0]?.run ?? '';
  /** Each play owns its table alone; the first apply meets rules of nobody. */
  const playOn = (hosts: readonly string[], rollout: object, more: object = {}) => [
    { ...EDGE, hosts: hosts.join(','), rollout, ...more },
  ];
  /** One run at a time works on an inventory: each test has a copy of its own. */
  function inventoryOf(test: string): { readonly SLUICE_INVENTORY: string } {
    const text = readFileSync(fleet.lab.inventoryFile, 'utf8');
    fleet.write(`inventories/${test}`, text);
    return { SLUICE_INVENTORY: `inventories/${test}` };
  }
  const tokensOf = (name: string) => fleet.sh(name, 'ls /var/lib/sluice/tx 2>/dev/null || true');

  test.concurrent('killed in the middle of a wave: what was done stays, what ran out is tried again', async () => {
    const hosts = ['gw1', 'gw2', 'gw3', 'gw4'];
    const own = inventoryOf('killed');
    const hold = { checks: [{ ...HOLD, timeout: '80s' }] };
    const rollout = { canary: 'none', confirm_within: '92s' };
    fleet.write('killed.yml', playOn(hosts, rollout, hold));
    const run = fleet.sluice(['apply', 'killed.yml', '--json', '--forks', '2', '-e', 'mark=one'], own);
    await Promise.all([reached(fleet, 'gw1'), reached(fleet, 'gw2')]);
    await release(fleet, 'gw1', 'good');
    await reached(fleet, 'gw3');
    run.kill('SIGKILL');
    const killed = await run.ended;
    const name = nameOf(killed);
    expect(eventsOf(killed, 'host.finished').map(({ host }) => host)).toEqual(['gw1']);

    const listed = await fleet.sluice(['history', name], own).ended;
    expect(listed.stdout).toContain('outcome: killed');
    expect(listed.stdout).toContain('In flight: gw2, gw3');
    expect(listed.stdout).toContain(`sluice resume ${name}`);

    const without = await fleet.sluice(['resume', name], own).ended;
    expect(without).toMatchObject({ code: 1, stderr: expect.stringContaining('-e mark=…') });

    fleet.write('killed.yml', playOn(hosts, rollout, {}));
    const changed = await fleet.sluice(['resume', name, '-e', 'mark=one'], own).ended;
    expect(changed.code).toBe(1);
    expect(changed.stderr).toContain('what is wanted of gw[2:4] (3 hosts) is not what it was');
    expect(changed.stderr).toContain('changed: killed.yml');

    // Another machine answers by the name of one that was in flight.
    fleet.write('killed.yml', playOn(hosts, rollout, hold));
    const inventory = readFileSync(fleet.lab.inventoryFile, 'utf8');
    fleet.write('inventories/killed', inventory.replace(/^(gw2 ansible_host)=\S+/m, '$1=192.0.2.1'));
    const moved = await fleet.sluice(['resume', name, '-e', 'mark=one'], own).ended;
    expect(moved.code).toBe(1);
    expect(moved.stderr).toContain('gw2 is not at the address where it was when run');
    expect(moved.stderr).toContain('changed: inventories/killed');
    fleet.write('inventories/killed', inventory);
    fleet.write('killed.yml', playOn(hosts, rollout, {}));

    const resumed = await fleet.sluice(['resume', name, '-e', 'mark=one', '--accept-changes', '--json'], own)
      .ended;
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    expect(resumed.events[0]?.type).toBe('run.resumed');
    expect(recapOf(resumed)).toEqual(Object.fromEntries(hosts.map((host) => [host, 'changed'])));
    for (const host of hosts) expect(await rulesOf(fleet, host)).toContain('--comment one');
    // gw1 was changed once, by the process that died; the trials that ran out have another attempt.
    expect((await tokensOf('gw1')).trim().split('\n')).toHaveLength(1);
    const { events } = journalOf(killed);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const ends = eventsOf({ events }, 'host.finished').map(({ host, outcome }) => `${host} ${outcome.kind}`);
    expect(ends.toSorted()).toEqual([
      'gw1 changed',
      'gw2 changed',
      'gw2 interrupted',
      'gw3 changed',
      'gw3 interrupted',
      'gw4 changed',
    ]);

    const again = await fleet.sluice(['resume', name, '-e', 'mark=one'], own).ended;
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('is done') });
  });

  test.concurrent('a run that waits goes on once another process approves', async () => {
    const hosts = ['gw5', 'gw6'];
    const own = inventoryOf('waits');
    fleet.write('waits.yml', playOn(hosts, { canary: 'gw5', pause: 'after_canary' }));
    const run = await fleet.sluice(['apply', 'waits.yml', '--json'], own).ended;
    expect(run.code).toBe(5);
    expect(recapOf(run)).toEqual({ gw5: 'changed', gw6: 'notStarted' });
    const name = nameOf(run);
    expect((await fleet.sluice(['history', '-n', '20'], own).ended).stdout).toContain(`${name}  waiting`);

    const deaf = ['--ssh-extra-args=-o ProxyCommand=false'];
    const early = await fleet.sluice(['approve', name, ...deaf], own).ended;
    expect(early).toMatchObject({ code: 1, stdout: '' });
    expect(early.stderr).toMatch(/^none of gw5, gw6 \(2 hosts\) answers: .*ProxyCommand/);
    expect((await fleet.sluice(['history', '-n', '20'], own).ended).stdout).toContain(`${name}  waiting`);

    // As a program does, which has read the question's name.
    const [{ waiting = '' } = {}] = eventsOf(run, 'run.finished');
    const approved = await fleet.sluice(['approve', name, waiting], own).ended;
    expect(approved).toMatchObject({ code: 0, stderr: '' });
    expect(approved.stdout).toContain('approved by');
    expect(recapOf(journalOf(run))).toEqual({ gw5: 'changed', gw6: 'notStarted' });
    expect(eventsOf(journalOf(run), 'run.finished').map(({ exitCode }) => exitCode)).toEqual([5, 0]);
    expect(await rulesOf(fleet, 'gw6')).toContain('--comment v1');
    const told = await fleet.sluice(['history', name], own).ended;
    expect(told.stdout).toContain('approved by');

    const late = await fleet.sluice(['abort', name], own).ended;
    expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining("waits for nobody's approval") });
  });

  test.concurrent('a run that is aborted takes back what it has changed', async () => {
    const hosts = ['gw7', 'gw8', 'gw9'];
    const own = inventoryOf('aborted');
    const notify = [{ webhook: { env: 'HOOK' }, secret: { env: 'HOOK_SECRET' } }];
    const hook = { ...own, HOOK: 'http://127.0.0.1:9/', HOOK_SECRET: 'word' };
    fleet.write(
      'aborted.yml',
      playOn(hosts, { canary: 'none', serial: 2, pause: 'after_wave', confirm_within: '20s' }, { notify }),
    );
    const run = await fleet.sluice(['apply', 'aborted.yml', '--json'], hook).ended;
    expect(run.code).toBe(5);
    // Who goes back wants nothing of what the files say now, and need not have the keys of those who are told.
    fleet.write('aborted.yml', playOn(hosts, {}, { vars: { mark: 'v2' }, notify }));
    // Another machine would not know what to take back.
    const inventory = readFileSync(fleet.lab.inventoryFile, 'utf8');
    fleet.write('inventories/aborted', inventory.replace(/^(gw8 ansible_host)=\S+/m, '$1=192.0.2.1'));
    const moved = await fleet.sluice(['abort', nameOf(run)], own).ended;
    expect(moved).toMatchObject({ code: 1, stderr: expect.stringContaining('gw8 is not at the address') });
    fleet.write('inventories/aborted', inventory);
    // As one who died as soon as that was said; and the next one in the middle of it.
    const [{ waiting = '' } = {}] = eventsOf(run, 'run.finished');
    const said = { answer: 'abort', by: 'me@here', time: '2026-01-02T03:04:05.000Z' } as const;
    giveAnswer(join(fleet.folder, '.sluice/runs', nameOf(run)), waiting, said);
    const killed = fleet.sluice(['resume', nameOf(run), '--json'], own);
    await killed.event('rollback.started');
    killed.kill('SIGKILL');
    await killed.ended;
    const aborted = await fleet.sluice(['resume', nameOf(run)], own).ended;
    expect(aborted).toMatchObject({ code: 2, stderr: expect.stringContaining('HOOK is not set') });
    expect(eventsOf(journalOf(run), 'run.finished')[1]?.recap).toMatchObject([
      { host: 'gw7', rolledBack: 1 },
      { host: 'gw8', rolledBack: 1 },
      { host: 'gw9', notStarted: 1 },
    ]);
    const after = await Promise.all(hosts.map((host) => rulesOf(fleet, host)));
    // An empty table is listed once it was looked at.
    expect(after.map((text) => text.replace(/^(\*.*|:\w+ ACCEPT|COMMIT|# ipv6)\n/gm, ''))).toEqual([
      '',
      '',
      '',
    ]);
  });

  test.concurrent('killed while it takes back the whole run: it is gone on with, whatever the files say now', async () => {
    const hosts = ['gw15', 'gw16', 'gw17'];
    const own = inventoryOf('back');
    const checks = [{ command: '[ ! -e /tmp/ill ]', retries: 0, baseline: false }];
    const rollout = { canary: 'none', serial: 1, on_failure: 'rollback_all', confirm_within: '20s' };
    fleet.write('back.yml', playOn(hosts, rollout, { checks }));
    await fleet.sh('gw16', '>/tmp/ill');
    const run = fleet.sluice(['apply', 'back.yml', '--json'], own);
    await run.event('rollback.started');
    run.kill('SIGKILL');
    const killed = await run.ended;
    fleet.write('back.yml', playOn(hosts, rollout, { checks, vars: { mark: 'v2' } }));
    const resumed = await fleet.sluice(['resume', nameOf(killed), '--json'], own).ended;
    expect(resumed).toMatchObject({ code: 2, stderr: '' });
    expect(recapOf(resumed)).toEqual({ gw15: 'rolledBack', gw16: 'rolledBack', gw17: 'notStarted' });
    for (const host of hosts) expect(await rulesOf(fleet, host)).not.toContain('--comment v');
  });

  test.concurrent('a saved plan that waits is gone on with as it was looked at, or not at all', async () => {
    const own = inventoryOf('planned');
    const write = (mark: string) => {
      const rollout = { canary: 'gw13', pause: 'after_canary' };
      fleet.write('planned.yml', playOn(['gw13', 'gw14'], rollout, { vars: { mark } }));
    };
    write('planned');
    expect(await fleet.sluice(['plan', 'planned.yml', '--out', 'planned.json'], own).ended).toMatchObject({
      code: 0,
    });
    const run = await fleet.sluice(['apply', 'planned.json', '--json'], own).ended;
    expect(run.code).toBe(5);
    write('changed');
    const changed = await fleet.sluice(['approve', nameOf(run)], own).ended;
    expect(changed.code).toBe(1);
    expect(changed.stderr).toContain('what is wanted of gw14 is not what it was');
    expect(changed.stderr).toContain('changed: planned.yml');
    write('planned');
    expect(await fleet.sluice(['approve', nameOf(run)], own).ended).toMatchObject({ code: 0, stderr: '' });
    expect(await rulesOf(fleet, 'gw14')).toContain('--comment planned');
  });

  test.concurrent('on a terminal it asks, and another process may answer', async () => {
    const hosts = ['gw10', 'gw11', 'gw12'];
    const own = inventoryOf('asked');
    const rollout = { canary: 'none', serial: 1, pause: 'after_wave' };
    fleet.write('asked.yml', playOn(hosts, rollout, { checks: [{ ...UNTIL_GO, timeout: '40s' }] }));
    await Promise.all(['gw11', 'gw12'].map((name) => fleet.sh(name, '>/tmp/go')));
    const run = inTerminal(fleet, ['apply', 'asked.yml'], { columns: 100, rows: 40, env: own });
    await run.shows('PLAY [');
    run.type('abort\n');
    await fleet.sh('gw10', '>/tmp/go');
    await run.shows('Go on? [approve/abort]');
    await run.shows('so far: 1 changed');
    // What was typed before anything was asked answers nothing.
    run.type('well\n');
    await run.shows('[approve/abort] Go on? [approve/abort]');
    run.type('approve\n');
    await run.shows('approved by');
    const listed = await fleet.sluice(['history', '--playbook', 'asked.yml', '--json'], own).ended;
    const name: string = JSON.parse(listed.stdout).id;
    expect((await fleet.sluice(['resume', name], own).ended).stderr).toContain('goes on: process');
    await run.shows('so far: 2 changed');
    await run.shows('pause 2: [wave 2 of 3]');
    await run.shows('Go on? [approve 2/abort]');
    // The first question hears nothing any more; and what was meant for it, and is typed only now, doesn't answer this one.
    run.type('well\n');
    await run.shows('Go on? [approve 2/abort] Go on? [approve 2/abort]');
    run.type('approve\n');
    await run.shows('[approve 2/abort] Go on? [approve 2/abort] Go on? [approve 2/abort]');
    // As one who answers the first question, and does not know that it was answered.
    expect(await fleet.sluice(['approve', name], own).ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`waits at its pause 2, and it is not said that this one is meant`),
    });
    expect(await fleet.sluice(['approve', name, '1'], own).ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`then: sluice approve ${name} 2`),
    });
    expect((await fleet.sluice(['history', name], own).ended).stdout).toContain(`sluice approve ${name} 2`);
    const handed = await fleet.sluice(['approve', name, '2'], own).ended;
    expect(handed).toMatchObject({ code: 0, stderr: expect.stringContaining('Approved: process') });
    const { code, terminal } = await run.ended;
    expect(code).toBe(0);
    expect(terminal.text).toContain('3 changed');
  });
});
