import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithLab } from '../lab/skip.ts';
import type { FaultName } from './faults/names.ts';
import type { ChaosGateway } from './gateway.ts';
import { runScenario } from './run.ts';
import type { PlannedFault, Scenario } from './scenario.ts';
import { makeWorld, type World } from './world.ts';

/** How changes of firewalls have locked people out before, each as a whole run; test/gateway takes some apart further. */
const KILLERS: readonly (readonly [string, Partial<Scenario>, readonly string[]])[] = [
  [
    'an orphaned restore that commits after the rollback',
    { change: 'large', faults: [at('restore-stop', 'armed', 9000), at('runner-kill', 'applying', 0)] },
    ['rolled_back'],
  ],
  [
    'a table that the apply created and a plain restore leaves',
    { change: 'tables', faults: [at('controller-kill', 'applied', 0)] },
    ['rolled_back'],
  ],
  ['ESTABLISHED that hides the lock-out', { change: 'cut-new' }, ['rolled_back']],
  ['a lock-out of those who are in, too', { change: 'cut-all' }, ['rolled_back']],
  ['v6 confirmed and v4 rolled back: IPv6 is cut', { change: 'cut-ipv6' }, ['rolled_back']],
  ['v6 confirmed and v4 rolled back: IPv4 is cut', { change: 'cut-ipv4' }, ['rolled_back']],
  [
    'v6 confirmed and v4 rolled back: the restore of one is killed',
    { change: 'large', faults: [at('restore-kill', 'armed', 0)] },
    // Killed a moment before its end, it may have done all that it should.
    ['rolled_back', 'confirmed'],
  ],
  [
    'a confirm that races the deadline',
    { faults: [at('late-confirm', 'applied', 0)] },
    ['rolled_back', 'confirmed'],
  ],
  [
    'a lock left by a dead controller',
    { faults: [at('controller-kill', 'prepared', 0)], asks: 'next run' },
    ['untouched', 'cancelled', 'rolled_back'],
  ],
];

function at(name: FaultName, state: string, forMs: number): PlannedFault {
  return { name, step: { kind: 'state', name: state }, delayMs: 0, forMs, salt: 1 };
}

await describeWithLab('a known killer', () => {
  let world: World;
  const folder = mkdtempSync(join(tmpdir(), 'sluice-killers-'));
  /** Each gateway serves one test after another. */
  const turns = new Map<ChaosGateway, Promise<unknown>>();
  beforeAll(async () => {
    world = await makeWorld(6, 'alternate');
  });
  afterAll(() => world?.down());

  for (const backend of process.env.SLUICE_TESTS === 'all'
    ? (['nft', 'legacy'] as const)
    : (['nft'] as const)) {
    test.concurrent.each(KILLERS)(
      `%s, with iptables-${backend}`,
      async (name, more, ends) => {
        const seed = KILLERS.findIndex(([other]) => other === name);
        const own = world.gateways.filter((one) => one.backend === backend);
        const gateway = own[seed % own.length] ?? expect.fail('there is no gateway');
        const scenario: Scenario = { ...ORDINARY, seed, backend, ...more };
        const evidence = join(folder, `${backend}-${seed}`);
        const before = turns.get(gateway);
        const running = (async () => {
          await before?.catch(() => undefined);
          return runScenario(world, gateway, scenario, evidence);
        })();
        turns.set(gateway, running);
        const { problems, end, notes } = await running;
        expect(problems, `${notes.join('\n')}\nkept in ${evidence}`).toEqual([]);
        expect(ends).toContain(end);
        rmSync(evidence, { recursive: true, force: true });
      },
      600_000,
    );
  }
});

const ORDINARY: Scenario = {
  seed: 0,
  backend: 'nft',
  user: 'root',
  families: ['ipv4', 'ipv6'],
  before: 'foreign',
  change: 'small',
  sharing: 'tables',
  faults: [],
  asks: 'status',
};
