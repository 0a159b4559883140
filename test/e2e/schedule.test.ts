import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { parseExecLine } from '../../src/schedule/exec-line.ts';
import { describeWithLab } from '../lab/skip.ts';
import {
  createFleet,
  EDGE,
  type Fleet,
  HOLD,
  prepareHolds,
  reached,
  release,
  rulesOf,
  SLUICE,
} from './fleet.ts';

await describeWithLab('scheduled compliance, end to end', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await createFleet(2);
    fleet.write('edge.yml', [EDGE]);
    fleet.write('mark.yml', 'mark: v2\n');
    await prepareHolds(fleet);
    expect(await sluice('apply', 'edge.yml', '-e', '@mark.yml')).toMatchObject({ code: 0 });
  });
  afterAll(() => fleet.down());

  const sluice = (...words: readonly string[]) => fleet.sluice(words).ended;
  const schedule = (verb: string, ...words: readonly string[]) =>
    sluice('schedule', verb, ...words, '--unit-dir', 'units');
  const install = (...words: readonly string[]) =>
    schedule('install', '--every', '15m', '-e', '@mark.yml', ...words);
  const unit = (name: string) => readFileSync(join(fleet.folder, 'units', name), 'utf8');
  const drift = (gateway: string) => fleet.sh(gateway, 'iptables -A INPUT -p udp --dport 9 -j ACCEPT');
  const runs = () =>
    readdirSync(join(fleet.folder, '.sluice/runs'))
      .sort()
      .map((run) => JSON.parse(readFileSync(join(fleet.folder, '.sluice/runs', run, 'run.json'), 'utf8')));

  /** As systemd would start it: its words, its directory, and nothing of this shell's environment. */
  async function startUnit(name: string) {
    const text = unit(`sluice-${name}.service`);
    const words = parseExecLine(/^ExecStart=(.*)$/m.exec(text)?.[1] ?? '') ?? [];
    const cwd = /^WorkingDirectory=(.*)$/m.exec(text)?.[1] ?? '';
    const [file = '', ...args] = fleet.lab.command('controller', [...words]);
    const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin', HOME: fleet.folder };
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.on('data', (data) => (said += data));
    child.stderr.on('data', (data) => (said += data));
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, said }));
    return { child: child as ChildProcess, ended };
  }
  const runUnit = async (name: string) => (await startUnit(name)).ended;

  test('looks, tells what drifted by its exit code, and writes down which schedule it was', async () => {
    const first = await install('edge.yml', '--output', 'prometheus=edge.prom');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain('created: ');
    expect(unit('sluice-edge.service')).toContain('SuccessExitStatus=3 130\n');
    expect(await runUnit('edge')).toMatchObject({ code: 0 });
    expect(runs().at(-1)).toMatchObject({ command: 'drift', schedule: 'edge' });

    await drift('gw1');
    const before = await rulesOf(fleet, 'gw1');
    const { code, said } = await runUnit('edge');
    expect(code).toBe(3);
    expect(said).toContain('drifted: [gw1]');
    expect(await rulesOf(fleet, 'gw1')).toBe(before);
    expect(existsSync(join(fleet.folder, 'edge.prom'))).toBe(true);

    const { stdout } = await schedule('list');
    expect(stdout).toContain(`every    15 min, up to 90 s later`);
    expect(stdout).toMatch(/last run \S+: drifted \(exit code 3\)/);

    // What a person does is no schedule's.
    await sluice('drift', 'edge.yml', '-e', '@mark.yml');
    expect(runs().at(-1)).not.toHaveProperty('schedule');
  });

  test('enforces, once it is installed anew, and says what changed', async () => {
    const again = await install('edge.yml', '--output', 'prometheus=edge.prom');
    expect(again.stdout.match(/unchanged: /g)).toHaveLength(2);
    const { stdout } = await install('edge.yml', '--enforce');
    expect(stdout).toMatch(/^ {4}\+ExecStart=.* -- apply --only-drifted /m);
    expect(unit('sluice-edge.service')).toContain('SuccessExitStatus=130\n');
    expect(await schedule('run', 'edge')).toMatchObject({ code: 0, stderr: '' });
    expect(await rulesOf(fleet, 'gw1')).not.toContain('--dport 9 ');
    expect(runs().at(-1)).toMatchObject({ command: 'apply', schedule: 'edge' });
    expect((await schedule('list')).stdout).toMatch(/last run \S+: in line \(exit code 0\)/);
  });

  test('two never overlap; a killed one leaves no lock; a stopped one ends in order', async () => {
    fleet.write('held.yml', [
      { ...EDGE, hosts: 'gw2', checks: [{ ...HOLD, timeout: '50s' }], rollout: { confirm_within: '60s' } },
    ]);
    await install('held.yml', '--enforce', '--name', 'held');
    await drift('gw2');
    const held = await startUnit('held');
    await reached(fleet, 'gw2');
    const second = await runUnit('held');
    expect(second).toMatchObject({
      code: 0,
      said: expect.stringMatching(
        /^schedule held is being run by process \d+ since 20\S+Z: nothing was done\n$/,
      ),
    });

    // Stopped: the word is passed on once, so that the gateway in flight comes to its end.
    held.child.kill('SIGTERM');
    const folder = join(fleet.folder, '.sluice/runs');
    const newest = join(folder, readdirSync(folder).sort().at(-1) ?? '', 'events.jsonl');
    await vi.waitFor(() => expect(readFileSync(newest, 'utf8')).toContain('"interrupt.received"'), 60_000);
    await release(fleet, 'gw2', 'good');
    expect((await held.ended).code).toBe(130);
    expect(await rulesOf(fleet, 'gw2')).not.toContain('--dport 9 ');

    // Killed, with all that it started: the kernel has the lock back.
    await drift('gw2');
    const killed = await startUnit('held');
    await reached(fleet, 'gw2');
    const { pid } = JSON.parse(
      readFileSync(join(fleet.folder, '.sluice/schedules/held.lock'), 'utf8'),
    ).process;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
    process.kill(pid, 'SIGKILL');
    // What it started lives on, and so does the lock.
    const look = () => sluice('schedule', 'run', 'held', '--', 'render', 'held.yml', '-e', '@mark.yml');
    expect((await look()).stderr).toContain('is being run');
    for (const child of children) process.kill(child, 'SIGKILL');
    await killed.ended;
    // The kernel closes the files of who dies one after the other: the lock is not the first.
    await vi.waitFor(async () => expect(await look()).toMatchObject({ code: 0, stderr: '' }), 60_000);
    // The gateways take back what was under way at their own deadlines.
    await vi.waitFor(
      async () => expect((await sluice('status', 'gateways')).stdout).not.toContain('waiting for'),
      { timeout: 120_000, interval: 1_000 },
    );
  });

  test('refuses what would need a person, this shell, or a secret in the open; all at once', async () => {
    const asks = [
      '-k',
      '-K',
      '--ask-vault-pass',
      '--vault-id',
      'x@prompt',
      '-e',
      'token=s3cret',
      '--private-key',
      'no/key',
      '--output',
      'junit=no/where.xml',
    ];
    const { code, stderr } = await fleet.sluice(
      ['schedule', 'install', '--every', '15m', 'edge.yml', '--name', 'asks', '--unit-dir', 'units', ...asks],
      { ANSIBLE_REMOTE_USER: 'me' },
    ).ended;
    expect(code).toBe(1);
    for (const what of [
      '-k needs a person',
      '-K needs',
      '--ask-vault-password needs',
      'x@prompt needs',
      '-e token=…',
      'ANSIBLE_REMOTE_USER is set',
      'no/key: --private-key names',
      "no/where.xml: the report can't be written",
    ])
      expect(stderr).toContain(what);
    expect(stderr).not.toContain('s3cret');
    expect(existsSync(join(fleet.folder, 'units/sluice-asks.service'))).toBe(false);
  });

  test("never touches what isn't its own", async () => {
    fleet.write('units/sluice-theirs.service', '[Service]\nExecStart=/bin/true\n');
    const { code, stderr } = await install('edge.yml', '--name', 'theirs');
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not a unit that sluice schedule made'),
    });
    expect(await schedule('remove', 'theirs')).toMatchObject({ code: 1 });
    expect(unit('sluice-theirs.service')).toBe('[Service]\nExecStart=/bin/true\n');
    fleet.write('other/edge.yml', [EDGE]);
    expect((await install('other/edge.yml')).stderr).toContain('schedule edge is there already');
    expect(await schedule('remove', 'edge')).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(join(fleet.folder, 'units')).filter((name) => name.includes('edge'))).toEqual([]);
    expect((await schedule('run', 'edge')).stderr).toContain('There are: held.');
  });

  test('a crontab line runs the same', async () => {
    const { code, stdout } = await sluice(
      'schedule',
      'install',
      '--every',
      '15m',
      '--delay',
      '0',
      '--to',
      'crontab',
      '-e',
      '@mark.yml',
      '-l',
      'gw1', // gw2 drifted again when its enforcement was cut
      'edge.yml',
    );
    expect(code).toBe(0);
    const command = stdout.replace('*/15 * * * * ', '');
    expect(
      await fleet.lab.exec('controller', [
        'sh',
        '-c',
        `cd / && HOME=${fleet.folder} ${command.replace('cd ', 'export HOME; cd ')}`,
      ]),
    ).toMatchObject({ code: 0 });
    expect(runs().at(-1)).toMatchObject({ command: 'drift', schedule: 'edge' });
    expect(
      (await sluice('schedule', 'install', '--every', '7m', '--to', 'crontab', '-e', '@mark.yml', 'edge.yml'))
        .stderr,
    ).toContain("can't say every 7 min");
  });

  test('the program of the units is this one', () => {
    expect(unit('sluice-held.service')).toContain(` ${SLUICE} schedule run held -- apply --only-drifted `);
  });
});
