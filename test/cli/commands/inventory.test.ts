import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import yargs from 'yargs';
import {
  type InventoryArguments,
  inventoryCommand,
  showInventory,
} from '../../../src/cli/commands/inventory.ts';
import type { LoadedSettings } from '../../../src/project/settings.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { folderWith } from '../../project/inventory-folders.ts';
import { NO_SETTINGS, settle } from '../../settings/sources.ts';
import { encrypt, inline, noVault, vaultWith } from '../../vault/vaults.ts';

const FILES = {
  hosts: '[web]\nh1 x=1\nh2\n[kube-node]\n',
  'group_vars/web.yml': 'v: text\n',
  'play/group_vars/all.yml': 'p: 1\n',
};

async function show(
  args: Partial<InventoryArguments>,
  files: Readonly<Record<string, string>> = FILES,
  { settings = NO_SETTINGS, vault = noVault }: { settings?: LoadedSettings; vault?: Vault } = {},
) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  await showInventory(
    { inventory: ['hosts'], ...args },
    { stdout, stderr, settings, cwd: folderWith(files), vault },
  );
  stdout.end();
  stderr.end();
  return { stdout: await text(stdout), stderr: await text(stderr) };
}

it('lists everything, warnings apart', async () => {
  const { stdout, stderr } = await show({ list: true });
  expect(JSON.parse(stdout)).toEqual({
    _meta: { hostvars: { h1: { v: 'text', x: 1 }, h2: { v: 'text' } } },
    all: { children: ['ungrouped', 'web', 'kube-node'] },
    web: { hosts: ['h1', 'h2'] },
  });
  expect(stderr).toContain('warning: group names with unusual characters: kube-node');
});

it("shows one host, with the playbook's variables", async () => {
  const { stdout } = await show({ host: 'h2', 'playbook-dir': 'play' });
  expect(JSON.parse(stdout)).toEqual({ v: 'text', p: 1 });
});

it("reads the working directory's variables, as for Ansible's commands without a playbook, unless another folder is named", async () => {
  const files = {
    'fleet/hosts': 'h1\n',
    'group_vars/all.yml': 'here: 1\n',
    'play/group_vars/all.yml': 'p: 1\n',
  };
  const shown = async (args: Partial<InventoryArguments>) =>
    JSON.parse((await show({ inventory: ['fleet/hosts'], host: 'h1', ...args }, files)).stdout);
  expect(await shown({})).toEqual({ here: 1 });
  expect(await shown({ 'playbook-dir': 'play' })).toEqual({ p: 1 });
});

it("shows the playbook directory's variables that a setting names, and its warnings", async () => {
  const cwd = folderWith(FILES);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const settings = settle('[defaults]\nerror_on_undefined_vars = no\n', {
    ANSIBLE_PLAYBOOK_DIR: `${cwd}/play`,
  });
  await showInventory(
    { inventory: ['hosts'], host: 'h2' },
    { stdout, stderr, settings, cwd, vault: noVault },
  );
  expect(JSON.parse(await text(stdout.end()))).toEqual({ v: 'text', p: 1 });
  expect(await text(stderr.end())).toContain(
    'warning: ansible.cfg:2: error_on_undefined_vars = false is not',
  );
});

it('reads what the settings of ignored names leave of a directory', async () => {
  const files = { 'prod/a.ini': 'h1\n', 'prod/b': 'h2\n', 'prod/c.crt': 'h3\n', 'prod/d-old': 'h4\n' };
  const cfg = '[inventory]\nignore_extensions = .crt, .pyc\nignore_patterns = -old, ^x\n';
  const { stdout } = await show({ inventory: ['prod'], graph: true }, files, { settings: settle(cfg) });
  expect(stdout).toBe('@all:\n  |--@ungrouped:\n  |  |--h1\n  |  |--h2\n');
});

it('draws the graph of a group, with variables, within a limit', async () => {
  const { stdout } = await show({ graph: true, group: 'web', vars: true, limit: 'h2' });
  expect(stdout).toBe('@web:\n  |--h2\n  |  |--{v = text}\n  |--{v = text}\n');
});

describe('what is encrypted', () => {
  const token = encrypt('hunter2', 'nobody has this one');
  const files = {
    hosts: '[web]\nh1\n',
    'host_vars/h1.yml': `token: ${inline(token)}\nlist: [${JSON.stringify('x')}]\n`,
    'group_vars/web.yml': encrypt('a: hunter2\nb: [hunter2, 5]\n', 'p'),
  };
  const vault = vaultWith({ default: 'p' });

  it('by itself is printed as ansible-inventory prints it; of a whole file there is a placeholder', async () => {
    const vars = {
      a: '[secret]',
      b: ['[secret]', '[secret]'],
      list: ['x'],
      token: { __ansible_vault: token },
    };
    expect(JSON.parse((await show({ host: 'h1' }, files, { vault })).stdout)).toEqual(vars);
    const list = JSON.parse((await show({ list: true }, files, { vault })).stdout);
    expect(list._meta.hostvars.h1).toEqual(vars);
  });

  it('is not in the graph either', async () => {
    const { stdout } = await show({ graph: true, group: 'web', vars: true }, files, { vault });
    expect(stdout).toContain('  |  |--{a = [secret]}\n  |  |--{b = [[secret], [secret]]}\n');
    expect(stdout).toContain('  |  |--{token = *****}\n');
    expect(stdout).not.toContain('hunter2');
  });
});

describe('problems', () => {
  it.each([
    [{ host: 'h3' }, 'no-hosts'],
    [{ graph: true, group: 'wep' }, 'unknown-group'],
    [{ list: true, limit: 'nowhere' }, 'no-hosts'],
    [{ list: true, limit: '@none' }, 'limit-file'],
    [{ list: true, inventory: [] }, 'inventory-missing'],
    [{ list: true, inventory: ['none'] }, 'inventory-missing'],
  ])('%j ends with %s', async (args, code) => {
    await expect(show(args)).rejects.toMatchObject({ problems: [{ code }] });
  });
});

describe('the command line', () => {
  const parse = async (args: readonly string[]) =>
    yargs()
      .command({ ...inventoryCommand, handler: () => {} })
      .exitProcess(false)
      .fail((message, error) => {
        throw error ?? new Error(message);
      })
      .parseAsync([...args]);

  it('takes -i more than once, each with one value', async () => {
    expect(await parse(['inventory', '-i', 'a', '-i', 'b', '--graph', 'web', '--vars'])).toMatchObject({
      inventory: ['a', 'b'],
      graph: true,
      group: 'web',
      vars: true,
    });
  });

  it.each([
    [['inventory'], 'Say one of'],
    [['inventory', '--list', '--graph'], 'Say one of'],
    [['inventory', '--list', 'web'], 'belongs to --graph'],
    [['inventory', '--list', '--vars'], 'belongs to --graph'],
  ])('refuses %j', async (args, message) => {
    await expect(parse(args)).rejects.toThrow(message);
  });
});

it('puts the variables of -e over all others', async () => {
  const { stdout } = await show({ host: 'h1', 'extra-vars': ['v=mine'] });
  expect(JSON.parse(stdout)).toEqual({ v: 'mine', x: 1 });
});
