import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithLab } from '../lab/skip.ts';
import { createFleet, EDGE, type Fleet, type Run } from './fleet.ts';

await describeWithLab('two operators', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await createFleet(1);
    fleet.write('edge.yml', [play('a')]);
    fleet.write('other.yml', [play('b')]);
  });
  afterAll(() => fleet.down());

  // Held on trial until a file is there; nothing is confirmed before.
  const play = (mark: string, within = 120) => ({
    ...EDGE,
    families: ['ipv4'],
    vars: { mark },
    checks: [
      {
        name: 'slow',
        from: 'gateway',
        command: 'until [ -e /run/go ]; do sleep 0.1; done',
        baseline: false,
        timeout: within / 2 - 2,
        retries: 0,
      },
    ],
    rollout: { confirm_within: within },
  });
  const start = (...words: readonly string[]) => fleet.sluice(words);
  const runs = () => readdirSync(join(fleet.folder, '.sluice/runs')).sort();
  /** Its warnings go to stderr, of which a run tells only at its end: so the lock's file tells. */
  const lockFile = () => {
    const folder = join(fleet.folder, '.sluice/locks');
    return readFileSync(join(folder, readdirSync(folder)[0] ?? ''), 'utf8');
  };
  const applied = (run: Run) => run.event('host.applied', 'gw1');

  test('the second is told who, since when, doing what; it waits where it is told to', async () => {
    const first = start('apply', 'edge.yml', '--json');
    await applied(first);
    const second = await start('apply', 'other.yml').ended;
    expect(second).toMatchObject({ code: 1, stdout: '' });
    const [run] = runs();
    expect(second.stderr).toMatch(
      new RegExp(
        String.raw`^inventory \S+ is held by \S+@\S+ since \S+Z, by apply edge\.yml \(run ${run}, process \d+ on \S+\)\n`,
      ),
    );
    expect(second.stderr).toContain(`sluice history ${run} shows`);
    // What changes nothing asks for no lock.
    expect(await start('plan', 'edge.yml').ended).toMatchObject({ code: 0 });
    expect((await start('rollback', '--to', 'latest', '-C').ended).stderr).not.toContain('is held by');

    first.kill('SIGSTOP');
    expect((await start('remove', 'gw1').ended).stderr).toMatch(/process \d+ on \S+, suspended\)/);
    const waiting = start('apply', 'other.yml', '--json', '--lock-wait', '60s');
    await fleet.sh('gw1', '>/run/go');
    first.kill('SIGCONT');
    expect(await first.ended).toMatchObject({ code: 0 });
    const waited = await waiting.ended;
    expect(waited).toMatchObject({ code: 0 });
    expect(
      JSON.parse(readFileSync(join(fleet.folder, '.sluice/runs', runs().at(-1) ?? '', 'run.json'), 'utf8')),
    ).toMatchObject({
      lock: { sources: [expect.any(String)], waitedMs: expect.any(Number) },
    });
    await fleet.sh('gw1', 'rm /run/go');
  });

  // Its deadline takes long.
  test.skipIf(process.env.SLUICE_TESTS !== 'all')(
    'one that was killed holds nothing but its gateway, which says so, and frees itself',
    async () => {
      // At its deadline the gateway is free again.
      fleet.write('edge.yml', [play('c', 20)]);
      const first = start('apply', 'edge.yml', '--json');
      await applied(first);
      const run = runs().at(-1);
      first.kill('SIGKILL');
      await first.ended;
      expect(lockFile()).toContain(run);
      await fleet.sh('gw1', '>/run/go');

      const refused = await start('apply', 'other.yml', '--progress', 'plain').ended;
      expect(refused).toMatchObject({ code: 2 });
      expect(refused.stdout).toMatch(
        new RegExp(
          String.raw`\S+@\S+ holds the lock since \S+Z \(play edge, transaction ${run}\S*, applied, \d+ s left\)`,
        ),
      );
      const waited = await start('apply', 'other.yml', '--json', '--lock-wait', '90s').ended;
      expect(waited).toMatchObject({ code: 0 });
      const warned = waited.events.flatMap((event) => (event.type === 'warning' ? [event.problem.code] : []));
      expect(warned).toEqual(['waiting-for-lock']);
    },
  );
});
