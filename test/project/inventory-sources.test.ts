import path from 'node:path';
import { expect, it } from 'vitest';
import { inventorySources } from '../../src/project/inventory-sources.ts';
import { readSettings } from '../../src/project/settings.ts';
import { folderWith } from './inventory-folders.ts';

const BOTH = { 'inventories/hosts': 'h1\n', inventory: 'h2\n' };
const cfg = (inventory: string) => ({ ...BOTH, 'ansible.cfg': `[defaults]\ninventory = ${inventory}\n` });

async function sourcesOf(
  named: readonly string[],
  env: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const cwd = folderWith(files);
  const nowhere = path.join(cwd, 'nowhere');
  const { settings } = await readSettings({ env, cwd, home: nowhere, systemFile: nowhere });
  return inventorySources({ named, settings, cwd });
}

it.each([
  [{ named: ['a', 'b'], env: { SLUICE_INVENTORY: 's' }, files: BOTH }, ['a', 'b']],
  [{ named: [], env: { SLUICE_INVENTORY: 's', ANSIBLE_INVENTORY: 'x' }, files: cfg('c') }, ['s']],
  [{ named: [], env: { SLUICE_INVENTORY: '', ANSIBLE_INVENTORY: 'x, y' }, files: cfg('c') }, ['x', 'y']],
  [{ named: [], env: { SLUICE_INVENTORY: 'h1,h2,' }, files: BOTH }, ['h1,h2,']],
  [{ named: [], env: {}, files: cfg('sub/c, /abs/d') }, ['sub/c', '/abs/d']],
  [{ named: [], env: {}, files: cfg('h1,') }, ['h1,']],
  [{ named: [], env: {}, files: BOTH }, ['inventories']],
  [{ named: [], env: {}, files: { inventory: 'h2\n' } }, ['inventory']],
])('of %j takes %j', async ({ named, env, files }, sources) => {
  expect(await sourcesOf(named, env, files)).toEqual(sources);
});

it('says where it looked where there is none', async () => {
  await expect(sourcesOf([], {}, {})).rejects.toMatchObject({
    problems: [{ code: 'inventory-missing', message: expect.stringContaining('./inventories') }],
  });
});
