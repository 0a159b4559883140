import { expect, test } from 'vitest';
import { savedPlanJsonSchema } from '../../src/plan/saved-plan.ts';

test('docs/plan.schema.json is current: after a change of the schema, run `vitest run FILE -u` on this file', async () => {
  const text = `${JSON.stringify(savedPlanJsonSchema(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../docs/plan.schema.json');
});
