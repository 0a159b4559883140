import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithLab } from '../lab/skip.ts';
import { allRules, createFleet, EDGE, eventsOf, type Fleet, recapOf } from './fleet.ts';
import { inTerminal } from './pty.ts';

const SETS = {
  'templates/banned.hbs': 'create banned hash:ip\nadd banned 192.0.2.{{last}}\n',
};

/** What takes long and is mostly proved elsewhere: `SLUICE_TESTS=all` runs it. */
const onDemand = test.skipIf(process.env.SLUICE_TESTS !== 'all');

await describeWithLab('history and rollback, end to end', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await createFleet(2);
    for (const [name, text] of Object.entries(SETS)) fleet.write(name, text);
  });
  afterAll(() => fleet.down());

  const play = (mark: string, last: number, more: object = {}) => ({
    ...EDGE,
    families: ['ipv4'],
    vars: { mark, last },
    ipsets: [{ template: 'banned.hbs' }],
    sysctls: { 'net.ipv4.ip_local_port_range': `${32000 + last} 60999` },
    checks: [
      { name: 'as it was', from: 'gateway', command: `iptables -S INPUT | grep -q ${mark}`, retries: 0 },
    ],
    rollout: { canary: 'gw1', confirm_within: '30s' },
    ...more,
  });
  const run = (...words: readonly string[]) => fleet.sluice(words).ended;
  const ids = () => readdirSync(join(fleet.folder, '.sluice/runs')).sort();
  const marks = async () =>
    Object.fromEntries(
      await Promise.all(
        ['gw1', 'gw2'].map(async (name) => {
          const rules = await fleet.sh(
            name,
            'iptables -S INPUT; ipset save banned; cat /proc/sys/net/ipv4/ip_local_port_range',
          );
          return [
            name,
            `${/--comment (\S+)/.exec(rules)?.[1]} ${/add \S+ (\S+)/.exec(rules)?.[1]} ${/^(3\d+)\s/m.exec(rules)?.[1]}`,
          ];
        }),
      ),
    );
  const a = { gw1: 'a 192.0.2.1 32001', gw2: 'a 192.0.2.1 32001' };
  const c = { gw1: 'c 192.0.2.3 32003', gw2: 'b 192.0.2.2 32002' };

  test('three runs are listed, told and compared', async () => {
    fleet.write('edge.yml', [play('a', 1)]);
    expect(await run('apply', 'edge.yml', '--reason', 'the first one')).toMatchObject({
      code: 0,
      stderr: '',
    });
    fleet.write('edge.yml', [play('b', 2)]);
    expect(await run('apply', 'edge.yml')).toMatchObject({ code: 0 });
    fleet.write('edge.yml', [play('c', 3)]);
    expect(await run('apply', 'edge.yml', '-l', 'gw1')).toMatchObject({ code: 0 });
    expect(await marks()).toEqual(c);

    const list = (await run('history')).stdout.trimEnd().split('\n');
    const [first, second, third] = ids();
    expect(list.map((line) => line.replace(/ by \S+:/, ' by me:'))).toEqual([
      `${third}  done         apply edge.yml by me: 1 changed`,
      `${second}  done         apply edge.yml by me: 2 changed`,
      `${first}  done         apply edge.yml by me: 2 changed`,
      '    why: the first one',
    ]);
    expect((await run('history', '-l', 'gw2', '-n', '1')).stdout).toContain(second);

    expect(await run('history', '-l', 'gateways')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('No such runs: --limit takes a host or a glob (no group)'),
    });
    expect((await run('history', '@2')).stdout.match(/gate: /g)).toHaveLength(2);
    const told = (await run('history', '@2', 'gw1')).stdout;
    for (const words of [
      'why:     the first one',
      'armed',
      'check passed: [gw1] as it was',
      'confirmed',
      'gate: proceed after this wave of play',
      '+-A INPUT',
    ]) {
      expect(told).toContain(words);
    }
    // Each name begins with a 2: it is a place all the same.
    expect(await run('render', 'edge.yml', '--limit', '@2:failed')).toMatchObject({
      stderr: expect.stringContaining(`no failed hosts of run ${first}`),
    });
    const diff = await run('diff', `${first}..latest`, 'gw1');
    expect(diff).toMatchObject({ code: 0, stderr: '' });
    for (const line of [
      '--comment a',
      '--comment c',
      '-add banned 192.0.2.1',
      '+add banned 192.0.2.3',
      '+net.ipv4.ip_local_port_range = 32003 60999',
    ]) {
      expect(diff.stdout).toContain(line);
    }
    expect((await run('diff', '@1..latest', 'gw2')).stdout).toContain('gw2, play edge: no difference');
    expect(await run('diff', '20200101', 'gw1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no run is named "20200101"'),
    });
  });

  test('a rollback shows first, wants a yes, and brings rules, sets and sysctls back through the rollout', async () => {
    const asked = await run('rollback', '--to', '@2');
    expect(asked).toMatchObject({ code: 1, stderr: expect.stringContaining('--yes goes ahead') });
    const look = await run('rollback', '--to', '@2', '-C');
    expect(look).toMatchObject({ code: 0, stdout: expect.stringContaining('2 of 2 gateways would change') });
    expect(await marks()).toEqual(c);

    const back = await run('rollback', '--to', '@2', '--yes', '--json', '--reason', 'c was wrong');
    expect(back).toMatchObject({ code: 0, stderr: '' });
    expect(await marks()).toEqual(a);
    expect(recapOf(back)).toEqual({ gw1: 'changed', gw2: 'changed' });
    const checks = eventsOf(back, 'check.observed').filter(
      ({ check, isBefore }) => check === 'as it was' && isBefore !== true,
    );
    expect(checks.map(({ host, verdict }) => `${host} ${verdict}`)).toEqual(['gw1 pass', 'gw2 pass']);
    expect(eventsOf(back, 'wave.started').map(({ hosts }) => hosts)).toEqual([['gw1'], ['gw2']]);
    expect((await run('history', '-n', '1')).stdout).toMatch(
      /rollback to \S+, edge.yml .*: 2 changed\n {4}why: c was wrong\n$/,
    );
  });

  test('on a terminal it asks once it has shown what would change, and takes only yes for a yes', async () => {
    const asking = inTerminal.bind(undefined, fleet, ['rollback', '--to', ids()[1] ?? '']);
    const answering = async (keys: string) => {
      const asked = asking({ columns: 150, rows: 60 });
      await asked.shows('2 of 2 gateways would change');
      await asked.shows(`Bring these gateways back to what they held after ${ids()[1]}? [yes/no] `);
      asked.type(keys);
      const { code, terminal } = await asked.ended;
      const [, after = ''] = terminal.text.split('[yes/no]');
      return { code, after: after.trim(), journals: ids().length };
    };
    const journals = ids().length;
    const said = 'Nothing was changed: the answer was not yes.';
    expect(await answering('no\r')).toEqual({ code: 1, after: said, journals });
    expect(await answering('y\r')).toEqual({ code: 1, after: said, journals });
    expect(await answering('\x04')).toEqual({ code: 1, after: said, journals });
    expect(await answering('\x03')).toEqual({ code: 130, after: '', journals });
    expect(await marks()).toEqual(a);
    const yes = await answering('yes\r');
    expect(yes).toMatchObject({ code: 0, journals: journals + 1 });
    expect(yes.after).toMatch(/\nDone in .*: 2 changed\. Journal: /);
    expect(yes.after).not.toContain('would change');
    expect(await marks()).toEqual({ gw1: 'b 192.0.2.2 32002', gw2: 'b 192.0.2.2 32002' });
    expect(await run('rollback', '--to', ids()[1] ?? '', '--json')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('with --json nobody is asked'),
    });
  });

  onDemand(
    'to a run that left a host alone is to what it held then; to where it is already is nothing to do',
    async () => {
      const third = ids()[2] ?? '';
      // gw2 was not in that run.
      expect(await run('rollback', '--to', third, '--yes')).toMatchObject({ code: 0 });
      expect(await marks()).toEqual(c);
      expect((await run('rollback', '--to', third, '--yes')).stdout).toContain(
        'no changes, 1 of 1 gateway in line',
      );
    },
  );

  test('without the journal, from what the gateways kept themselves', async () => {
    const second = ids()[1] ?? '';
    renameSync(join(fleet.folder, '.sluice'), join(fleet.folder, 'lost'));
    expect(await run('rollback', '--to', second.slice(0, 12), '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /there is no run in .*\n.*the whole name of a run that gateways have kept/,
      ),
    });
    const back = await run('rollback', '--to', second, '--yes', '-l', 'gateways');
    expect(back).toMatchObject({ code: 0, stderr: '' });
    expect(back.stdout).toContain("the gateways' own snapshots are used");
    expect(await marks()).toEqual({ gw1: 'b 192.0.2.2 32002', gw2: 'b 192.0.2.2 32002' });
    rmSync(join(fleet.folder, '.sluice'), { recursive: true });
    renameSync(join(fleet.folder, 'lost'), join(fleet.folder, '.sluice'));
  });

  onDemand('one that fails its check is taken back itself, and the rest is left alone', async () => {
    const before = await allRules(fleet);
    fleet.write('edge.yml', [
      play('d', 4, {
        checks: [{ name: 'helper', from: 'gateway', command: 'test ! -e /tmp/bad', retries: 0 }],
      }),
    ]);
    expect(await run('apply', 'edge.yml')).toMatchObject({ code: 0 });
    fleet.write('edge.yml', [play('e', 5)]);
    expect(await run('apply', 'edge.yml')).toMatchObject({ code: 0 });
    const standing = await allRules(fleet);
    expect(standing).not.toEqual(before);
    await fleet.sh('gw1', 'touch /tmp/bad');
    const back = await run('rollback', '--to', '@1', '--yes', '--json');
    expect(back.code).toBe(2);
    expect(recapOf(back)).toEqual({ gw1: 'rolledBack', gw2: 'notStarted' });
    expect(await allRules(fleet)).toEqual(standing);
    expect((await run('history', '-n', '1')).stdout).toContain('halted');
  });
});
