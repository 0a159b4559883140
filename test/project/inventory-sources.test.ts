import { expect, it } from 'vitest';
import { inventorySources } from '../../src/project/inventory-sources.ts';
import { folderWith } from './inventory-folders.ts';

const BOTH = { 'inventories/hosts': 'h1\n', inventory: 'h2\n' };

it.each([
  [{ named: ['a', 'b'], env: { SLUICE_INVENTORY: 's' }, files: BOTH }, ['a', 'b']],
  [{ named: [], env: { SLUICE_INVENTORY: 's', ANSIBLE_INVENTORY: 'x' }, files: BOTH }, ['s']],
  [{ named: [], env: { SLUICE_INVENTORY: '', ANSIBLE_INVENTORY: 'x, y' }, files: BOTH }, ['x', 'y']],
  [{ named: [], env: { SLUICE_INVENTORY: 'h1,h2,' }, files: BOTH }, ['h1,h2,']],
  [{ named: [], env: {}, files: BOTH }, ['inventories']],
  [{ named: [], env: {}, files: { inventory: 'h2\n' } }, ['inventory']],
])('of %j takes %j', async ({ named, env, files }, sources) => {
  expect(await inventorySources({ named, env, cwd: folderWith(files) })).toEqual(sources);
});

it('says where it looked where there is none', async () => {
  const looking = inventorySources({ named: [], env: {}, cwd: folderWith({}) });
  await expect(looking).rejects.toMatchObject({
    problems: [{ code: 'inventory-missing', message: expect.stringContaining('./inventories') }],
  });
});
