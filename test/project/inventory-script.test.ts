import { expect, it } from 'vitest';
import { loadInventory } from '../../src/project/inventory.ts';
import { noVault } from '../vault/vaults.ts';
import { folderWith } from './inventory-folders.ts';

const load = (files: Readonly<Record<string, string>>, source: string) =>
  loadInventory({ sources: [source], cwd: folderWith(files), vault: noVault });

it('runs an executable script with --list', async () => {
  const script = `#!/bin/sh\n[ "$1" = --list ] && echo '{"_meta": {"hostvars": {"h1": {"x": 1}}}, "web": ["h1"]}'\n`;
  const { hosts } = await load({ 'inv.sh*': script, 'group_vars/web.yml': 'y: 2\n' }, 'inv.sh');
  expect({ ...hosts.get('h1')?.vars }).toEqual({ x: 1, y: 2 });
});

it('asks for each host where --list has no variables', async () => {
  const script = `#!/bin/sh\nif [ "$1" = --list ]; then echo '{"web": ["h1", "h2"]}'; else echo "{\\"name\\": \\"$2\\"}"; fi\n`;
  const { hosts } = await load({ 'inv.sh*': script }, 'inv.sh');
  expect([...hosts.values()].map(({ vars }) => vars.name)).toEqual(['h1', 'h2']);
});

it('shows what a failing script said', async () => {
  const loading = load({ 'inv.sh*': '#!/bin/sh\necho no credentials >&2\nexit 3\n' }, 'inv.sh');
  await expect(loading).rejects.toMatchObject({
    problems: [{ code: 'script-failed', file: 'inv.sh', message: expect.stringContaining('no credentials') }],
  });
});

it('reports a script that prints no JSON', async () => {
  await expect(load({ 'inv.sh*': '#!/bin/sh\necho hello\n' }, 'inv.sh')).rejects.toMatchObject({
    problems: [{ code: 'script-output' }],
  });
});

it('does not run text that merely has the executable bit', async () => {
  expect([...(await load({ 'hosts*': 'h1\n' }, 'hosts')).hosts.keys()]).toEqual(['h1']);
});

it('does not run what must not be executed', async () => {
  expect([...(await load({ hosts: '#!/bin/false\nh1\n' }, 'hosts')).hosts.keys()]).toEqual(['h1']);
});
