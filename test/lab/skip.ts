import { describe, test } from 'vitest';
import { labMissing } from '../../src/lab/missing.ts';

/** Describes tests that need a lab; where none can be made, the report shows a skipped test that says why. */
export async function describeWithLab(name: string, define: () => void): Promise<void> {
  const missing = await labMissing();
  if (missing.length === 0) return void describe(name, define);
  const reasons = missing.map(({ message }) => message).join(' ');
  test.skip(`${name}: NOT TESTED, no lab can be made here. ${reasons}`, () => undefined);
}
