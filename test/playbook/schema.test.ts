import { expect, test } from 'vitest';
import { playbookJsonSchema } from '../../src/playbook/schema.ts';

test('docs/playbook.schema.json is current: after a change of the schema, run `vitest run FILE -u` on this file', async () => {
  const text = `${JSON.stringify(playbookJsonSchema(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../docs/playbook.schema.json');
});
