import { afterAll, beforeAll, describe, test } from 'vitest';
import { labMissing } from '../../src/lab/missing.ts';
import { createWorld, type World } from './world.ts';

/**
 * Describes recipes on a gateway of each engine; `world()` is for use inside the tests. Where no lab can be made, the report shows a
 * skipped test that says why.
 */
export async function onEachEngine(name: string, define: (world: () => World) => void): Promise<void> {
  const missing = await labMissing();
  if (missing.length > 0) {
    const reasons = missing.map(({ message }) => message).join(' ');
    test.skip(`${name}: NOT TESTED, no lab can be made here. ${reasons}`, () => undefined);
    return;
  }
  describe.each(['nft', 'legacy'] as const)(`${name}, iptables (%s)`, (engine) => {
    let made: World | undefined;
    beforeAll(async () => {
      made = await createWorld(engine);
    });
    afterAll(() => made?.down());
    define(() => {
      if (made === undefined) throw new Error('the world is not made yet');
      return made;
    });
  });
}
