import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithLab } from '../lab/skip.ts';
import { createFleet, EDGE, eventsOf, type Fleet, recapOf, rulesOf } from './fleet.ts';

await describeWithLab('a login that becomes root through sudo', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await createFleet(2);
    const { gateways, knownHostsFile } = fleet.lab;
    const hosts = gateways.map(({ name, address }) => `${name} ansible_host=${address}\n`).join('');
    const common = `ansible_ssh_common_args='-o UserKnownHostsFile=${knownHostsFile}'`;
    fleet.write('plain', `[gateways]\n${hosts}[gateways:vars]\n${common}\n`);
    fleet.write('edge.yml', [EDGE]);
  });
  afterAll(() => fleet.down());

  const run = (words: readonly string[], ...flags: readonly string[]) =>
    fleet.sluice([...words, '-i', 'plain', '--private-key', fleet.lab.keyFile, '--json', ...flags]).ended;

  test('is refused without -b, with the remedy, and nothing is changed', async () => {
    const before = await rulesOf(fleet, 'gw1');
    const ended = await run(['apply', 'edge.yml'], '-u', 'operator');
    expect(ended.code).toBe(2);
    expect(eventsOf(ended, 'host.finished', 'gw1')[0]?.outcome).toMatchObject({
      kind: 'failed',
      problem: { code: 'not-root', remedy: expect.stringContaining('Add -b') },
    });
    expect(recapOf(ended)).toEqual({ gw1: 'failed', gw2: 'notStarted' });
    expect(await rulesOf(fleet, 'gw1')).toBe(before);
    expect(await fleet.sh('gw1', 'ls -A /var/lib')).toBe('');
  });

  test('manages gateways with -u and -b alone; what it leaves there is for root only', async () => {
    const flags = ['-u', 'operator', '-b'];
    const pong = await run(['ping'], ...flags);
    expect(pong.code).toBe(0);
    const ended = await run(['apply', 'edge.yml'], ...flags);
    expect(ended.code).toBe(0);
    expect(recapOf(ended)).toEqual({ gw1: 'changed', gw2: 'changed' });
    for (const name of ['gw1', 'gw2']) {
      expect(await rulesOf(fleet, name)).toContain('--comment v1');
      expect(await fleet.sh(name, 'find /var/lib/sluice ! -user root -o -perm /077')).toBe('');
      expect(await fleet.sh(name, 'su operator -c "ls /var/lib/sluice" 2>&1 || echo denied')).toContain(
        'denied',
      );
    }
  });

  test('finds in line what root finds in line', async () => {
    expect(recapOf(await run(['apply', 'edge.yml'], '-u', 'root'))).toEqual({ gw1: 'ok', gw2: 'ok' });
  });
});
