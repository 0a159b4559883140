import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolvedVar } from '../../src/inventory/resolved-vars.ts';
import { ProblemsError } from '../../src/problem.ts';
import { type InventoryRequest, loadInventory } from '../../src/project/inventory.ts';
import { noVault } from '../vault/vaults.ts';
import { folderWith } from './inventory-folders.ts';

const load = (
  files: Readonly<Record<string, string>>,
  sources: readonly string[],
  more: Omit<Partial<InventoryRequest>, 'vault'> = {},
) => loadInventory({ sources, cwd: folderWith(files), vault: noVault, ...more });

/** `file:line code` of everything that stops a load. */
async function problemsOf(loading: Promise<unknown>): Promise<readonly string[]> {
  const error = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ProblemsError)) throw new Error(`expected problems, got ${error}`);
  return error.problems.map(({ file, line, code }) => `${file}:${line ?? ''} ${code}`);
}

describe('sources', () => {
  it('reads several files and an inline list, the later one winning', async () => {
    const files = { a: '[web]\nh1 x=a\n', 'b.yml': 'web: {hosts: {h1: {x: b}}}\n' };
    const inventory = await load(files, ['a', 'b.yml', 'h2,h3:2222,']);
    expect([...inventory.hosts.keys()]).toEqual(['h1', 'h2', 'h3']);
    expect(inventory.hosts.get('h1')?.vars.x).toBe('b');
    expect(inventory.hosts.get('h3')?.vars.ansible_port).toBe(2222);
  });

  it('reads a directory in the order of names, without what Ansible ignores', async () => {
    const ignored = Object.fromEntries(
      ['.hidden', 'x.cfg', 'x.bak', 'x.md', 'x.txt', 'x.retry', 'x~', 'x.orig'].map((name) => [
        `inv/${name}`,
        'no=1\n',
      ]),
    );
    const files = {
      ...ignored,
      'inv/b': '[a]\nh1 x=b\n',
      'inv/a.yml': 'a: {hosts: {h1: {x: a}}}\n',
      'inv/z/hosts': 'h2\n',
      'inv/c.ini': 'h3\n',
    };
    const inventory = await load(files, ['inv']);
    expect([...inventory.hosts.keys()]).toEqual(['h1', 'h2']);
    expect(inventory.hosts.get('h1')?.vars.x).toBe('b');
    expect(inventory.warnings.map(({ file, code }) => `${file} ${code}`)).toEqual(['inv/c.ini ini-skipped']);
  });

  it('reports every missing source', async () => {
    expect(await problemsOf(load({}, ['none', 'inv/none']))).toEqual([
      'none: inventory-missing',
      'inv/none: inventory-missing',
    ]);
  });

  it('reports what is wrong in all files at once', async () => {
    const files = {
      hosts: '[a b]\n[web]\nh1 x\n',
      'more.yml': 'all: [\n',
      'group_vars/web.yml': 'x: [\n',
      'group_vars/all/secret.yml': '$ANSIBLE_VAULT;1.1;AES256\n61\n',
      'host_vars/h1.json': '[1]',
    };
    expect(await problemsOf(load(files, ['hosts', 'more.yml', 'none']))).toEqual([
      'hosts:1 ini-section',
      'hosts:3 ini-host',
      'more.yml:2 yaml-syntax',
      'none: inventory-missing',
      'group_vars/all/secret.yml: vault-damaged',
      'group_vars/web.yml:2 yaml-syntax',
      'host_vars/h1.json:1 vars-mapping',
    ]);
  });

  it('refuses a file that is not UTF-8', async () => {
    const cwd = folderWith({});
    writeFileSync(path.join(cwd, 'hosts'), Buffer.from([0x68, 0xff, 0x0a]));
    expect(await problemsOf(loadInventory({ sources: ['hosts'], cwd, vault: noVault }))).toEqual([
      'hosts: inventory-unreadable',
    ]);
  });
});

describe('variables beside the inventory and the playbook', () => {
  it('follows the precedence over both', async () => {
    const files = {
      'inv/hosts': '[web]\nh1 a=host-line\n[web:vars]\na=inline\nb=inline\n',
      'inv/group_vars/all.yml': 'c: inv-all\nd: inv-all\n',
      'inv/group_vars/web.yml': 'e: inv-web\nf: inv-web\n',
      'inv/host_vars/h1.yml': 'g: inv-host\nh: inv-host\n',
      'play/group_vars/all.yml': 'd: play-all\ne: play-all\n',
      'play/group_vars/web.yml': 'f: play-web\n',
      'play/host_vars/h1.yml': 'h: play-host\ni: play-host\n',
    };
    const inventory = await load(files, ['inv/hosts'], { playbookFolder: 'play', extraVars: { i: 'extra' } });
    expect({ ...inventory.hosts.get('h1')?.vars }).toEqual({
      a: 'host-line',
      b: 'inline',
      c: 'inv-all',
      d: 'play-all',
      e: 'inv-web',
      f: 'play-web',
      g: 'inv-host',
      h: 'play-host',
      i: 'extra',
    });
  });

  it('reads folders of files in the order of names, and below them', async () => {
    const files = {
      hosts: 'h1\n',
      'group_vars/all/z.yml': 'q: z\n',
      'group_vars/all/a.json': '{"q": "a", "r": 1}',
      'group_vars/all/sub/x': 's: 1\n',
      'group_vars/all/sub.d/x.yml': 'no: 1\n',
      'group_vars/all/.hidden.yml': 'no: 1\n',
      'group_vars/all/old.yml~': 'no: 1\n',
      'group_vars/all/note.txt': 'no: 1\n',
    };
    expect({ ...(await load(files, ['hosts'])).hosts.get('h1')?.vars }).toEqual({ q: 'z', r: 1, s: 1 });
  });

  it.each([
    [['group_vars/web', 'group_vars/web.yml'], 'group_vars/web'],
    [['group_vars/web.yml', 'group_vars/web.yaml', 'group_vars/web.json'], 'group_vars/web.yml'],
    [['group_vars/web/x.yml', 'group_vars/web.yml'], 'group_vars/web/x.yml'],
  ])('of %j reads only %s, and says so', async (names, read) => {
    const vars = Object.fromEntries(names.map((name) => [name, `{"x": "${name}"}`]));
    const inventory = await load({ hosts: '[web]\nh1\n', ...vars }, ['hosts']);
    expect(inventory.hosts.get('h1')?.vars.x).toBe(read);
    expect(inventory.warnings.map(({ file, code }) => `${file} ${code}`)).toEqual([
      `${names[1]} vars-shadowed`,
    ]);
  });

  it('finds host_vars of names with dots', async () => {
    const files = {
      hosts: 'gw1.example.com\n10.0.0.1\n',
      'host_vars/gw1.example.com': 'x: 1\n',
      'host_vars/10.0.0.1.yml': 'x: 2\n',
    };
    const { hosts } = await load(files, ['hosts']);
    expect([...hosts.values()].map(({ vars }) => vars.x)).toEqual([1, 2]);
  });

  it('reads the variables of an inventory directory beside its files', async () => {
    const files = {
      'inv/hosts': '[web]\nh1\n',
      'inv/group_vars/web.yml': 'x: 1\n',
      'inv/zone/hosts': 'h2\n',
      'inv/zone/group_vars/all.yml': 'x: 2\n',
    };
    const inventory = await load(files, ['inv']);
    expect([...inventory.hosts.values()].map(({ vars }) => vars.x)).toEqual([1, undefined]);
    expect(inventory.warnings.map(({ file, code }) => `${file} ${code}`)).toEqual([
      'inv/zone/group_vars vars-skipped',
    ]);
  });

  it('does not read what belongs to no host and no group', async () => {
    await expect(load({ hosts: 'h1\n', 'group_vars/other.yml': 'x: [\n' }, ['hosts'])).resolves.toBeDefined();
  });

  it('reads a folder once that stands beside inventory and playbook', async () => {
    const files = { hosts: 'h1\n', 'group_vars/all.yml': 'x: 1\nx: 2\n' };
    const inventory = await load(files, ['hosts'], { playbookFolder: '.' });
    expect(inventory.warnings.map(({ code }) => code)).toEqual(['duplicate-key']);
  });

  it('lets the folder that is named last win', async () => {
    const files = {
      'a/one': 'h1\n',
      'a/two': 'h1\n',
      'b/hosts': 'h1\n',
      'a/group_vars/all': 'x: a\n',
      'b/group_vars/all': 'x: b\n',
    };
    expect((await load(files, ['a/one', 'b/hosts'])).hosts.get('h1')?.vars.x).toBe('b');
    expect((await load(files, ['a/one', 'b/hosts', 'a/two'])).hosts.get('h1')?.vars.x).toBe('a');
  });

  it('warns where group_vars is a file', async () => {
    const inventory = await load({ hosts: 'h1\n', group_vars: 'x: 1\n' }, ['hosts']);
    expect(inventory.warnings.map(({ file, code }) => `${file} ${code}`)).toEqual(['group_vars vars-folder']);
  });

  it('takes empty files and folders', async () => {
    const cwd = folderWith({ hosts: 'h1\n', 'group_vars/all.yml': '' });
    mkdirSync(path.join(cwd, 'host_vars', 'h1'), { recursive: true });
    expect({
      ...(await loadInventory({ sources: ['hosts'], cwd, vault: noVault })).hosts.get('h1')?.vars,
    }).toEqual({});
  });
});

describe('templates', () => {
  const files = {
    'prod/hosts': 'h1 key="{{ inventory_dir }}/id" file="{{ inventory_file }}"\n',
    'prod/group_vars/all/main.yml': 'a: 1\nb: "{{ nowhere }}"\nbook: "{{ playbook_dir }}"\n',
    'prod/host_vars/h1.json': '{"c": "{{ nowhere }}"}',
  };
  const read = (inventory: Awaited<ReturnType<typeof load>>, name: string) => {
    const host = inventory.hosts.get('h1');
    return host === undefined ? undefined : resolvedVar(inventory, host, name);
  };

  it('know where their inventory and their playbook lie', async () => {
    const cwd = folderWith(files);
    const inventory = await loadInventory({
      sources: ['prod'],
      playbookFolder: 'books',
      cwd,
      vault: noVault,
    });
    expect(read(inventory, 'key')).toBe(`${cwd}/prod/id`);
    expect(read(inventory, 'file')).toBe(`${cwd}/prod/hosts`);
    expect(read(inventory, 'book')).toBe(`${cwd}/books`);
    const inline = await loadInventory({
      sources: ['h1,'],
      cwd,
      vault: noVault,
      extraVars: { here: '{{ inventory_dir | default("none") }}', gone: '{{ nowhere }}' },
    });
    expect(read(inline, 'here')).toBe('none');
    expect(read(inline, 'gone')).toMatchObject({
      message: expect.stringMatching(/\("\{\{ nowhere \}\}", -e\)$/),
    });
  });

  it('are told with the file and the line where they stand', async () => {
    const inventory = await load(files, ['prod']);
    expect(read(inventory, 'b')).toMatchObject({
      message: `b can't be resolved: "nowhere" is not defined ("{{ nowhere }}", prod/group_vars/all/main.yml:2)`,
    });
    expect(read(inventory, 'c')).toMatchObject({
      message: expect.stringMatching(/, prod\/host_vars\/h1\.json\)$/),
    });
  });
});
