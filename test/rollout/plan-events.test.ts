import { expect, test } from 'vitest';
import { planEventsJsonSchema } from '../../src/rollout/plan-events.ts';

test('docs/plan-events.schema.json is current: after a change of the schema, run `vitest run FILE -u` on this file', async () => {
  const text = `${JSON.stringify(planEventsJsonSchema(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../docs/plan-events.schema.json');
});
