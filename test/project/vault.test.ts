import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatHost } from '../../src/inventory/list-output.ts';
import { type Problem, ProblemsError } from '../../src/problem.ts';
import { loadExtraVars } from '../../src/project/extra-vars.ts';
import { loadInventory } from '../../src/project/inventory.ts';
import { loadPlaybook } from '../../src/project/playbook.ts';
import { Sensitive } from '../../src/sensitive.ts';
import { encrypt, inline, vaultWith } from '../vault/vaults.ts';
import { folderWith } from './inventory-folders.ts';

const vault = vaultWith({ default: 'p' });
const secret = (text: string) => encrypt(text, 'p');

async function hostOf(files: Readonly<Record<string, string>>, source = 'hosts') {
  const inventory = await loadInventory({ sources: [source], cwd: folderWith(files), vault });
  const host = inventory.hosts.get('gw1');
  if (host === undefined) throw new Error('gw1 is not there');
  return host;
}

async function problemsOf(loading: Promise<unknown>): Promise<readonly Problem[]> {
  const error = await loading.catch((reason: unknown) => reason);
  return error instanceof ProblemsError ? error.problems : [];
}

/** The text behind a value, which must be secret. */
function revealed(value: unknown): string | undefined {
  return value instanceof Sensitive ? value.reveal() : undefined;
}

describe('whole files', () => {
  it.each([
    ['group_vars/all/vault.yml'],
    ['group_vars/all.yml'],
    ['group_vars/web'],
    ['host_vars/gw1.yml'],
    ['host_vars/gw1/vault.json'],
  ])('%s is decrypted, and all of it is secret', async (name) => {
    const file = secret('{"token": "t0ken", "list": [{"a": 5}, null], "flag": true}');
    const { vars } = await hostOf({ hosts: '[web]\ngw1 plain=x\n', [name]: file });
    const { token, list, flag, plain } = vars as { readonly [name: string]: unknown } & {
      readonly list: readonly [{ readonly a: unknown }, unknown];
    };
    expect([token, list[0].a, flag].map(revealed)).toEqual(['t0ken', '5', 'True']);
    expect([list[1], plain]).toEqual([null, 'x']);
  });

  it('an encrypted file among plain ones merges as ever', async () => {
    const files = {
      hosts: 'gw1\n',
      'group_vars/all/a.yml': 'x: plain\ny: plain\n',
      'group_vars/all/b.yml': secret('y: hidden\n'),
    };
    const { vars } = await hostOf(files);
    expect(vars.x).toBe('plain');
    expect(revealed(vars.y)).toBe('hidden');
    expect(formatHost({ name: 'gw1', groups: [], vars })).toBe(
      '{\n    "x": "plain",\n    "y": "[secret]"\n}\n',
    );
  });

  it.each([
    ['hosts', '[web]\ngw1:2222 ansible_host=192.0.2.7\n[web:vars]\ntoken=t0ken\n'],
    [
      'hosts.yml',
      'web:\n  hosts:\n    gw1: {ansible_host: 192.0.2.7, ansible_port: 2222}\n  vars: {token: t0ken}\n',
    ],
  ])('of an encrypted inventory %s the variables are secret, and the names are not', async (name, text) => {
    const { groups, vars } = await hostOf({ [name]: secret(text) }, name);
    expect(groups).toEqual(['web']);
    expect([vars.ansible_host, vars.ansible_port, vars.token].map(revealed)).toEqual([
      '192.0.2.7',
      '2222',
      't0ken',
    ]);
  });

  it('what comes after an encrypted inventory is plain again', async () => {
    const cwd = folderWith({ a: secret('gw1 x=hidden\n'), b: 'gw1 y=plain\n' });
    const { hosts } = await loadInventory({ sources: ['a', 'b'], cwd, vault });
    expect(hosts.get('gw1')?.vars.y).toBe('plain');
  });

  it('-e @file', async () => {
    const folder = folderWith({ 'v.yml': secret('token: t0ken\n') });
    const vars = await loadExtraVars([`@${path.join(folder, 'v.yml')}`, 'x=1'], vault);
    expect(revealed(vars.token)).toBe('t0ken');
    expect(vars.x).toBe('1');
  });
});

it('an inline value stays sealed, with its place', async () => {
  const { vars } = await hostOf({ hosts: 'gw1\n', 'host_vars/gw1.yml': `a: 1\nb: ${inline(secret('x'))}\n` });
  expect(vars.b).toMatchObject({ sealed: [vars.b], place: { file: 'host_vars/gw1.yml', line: 2 } });
});

describe('problems', () => {
  it('every file that can not be read is named, and nothing is decrypted in vain', async () => {
    const files = {
      hosts: 'gw1\n',
      'group_vars/all/vault.yml': encrypt('a: hunter2\n', 'other', { id: 'prod' }),
      'group_vars/all/old.yml': '$ANSIBLE_VAULT;1.0;AES\n61\n',
      'host_vars/gw1.yml': '$ANSIBLE_VAULT;1.1;AES256\nzz\n',
    };
    expect(await problemsOf(hostOf(files))).toMatchObject([
      { file: 'group_vars/all/old.yml', code: 'vault-format' },
      { file: 'group_vars/all/vault.yml', code: 'vault-wrong-password' },
      { file: 'host_vars/gw1.yml', code: 'vault-damaged' },
    ]);
  });

  it.each([
    ['host_vars/gw1.yml', 'a: hunter2\nb: [hunter2\n', 'yaml-syntax'],
    ['host_vars/gw1.yml', 'a: *hunter2\n', 'yaml-alias'],
    ['host_vars/gw1.yml', 'a: !hunter2 x\n', 'yaml-tag'],
    ['host_vars/gw1.yml', '- hunter2\n', 'vars-mapping'],
    ['group_vars/all/hosts', 'hunter2', 'vars-mapping'],
    ['more', '[hunter2 hunter2]\n', 'ini-section'],
    ['more', 'gw2 hunter2\n', 'ini-host'],
    ['more', '[a]\nh\n[a:vars]\nansible_group_priority=hunter2\n', 'group-priority'],
    ['more.yml', 'all:\n  hosts: {h: hunter2}\n', 'yaml-host'],
    ['more.yml', 'plugin: hunter2\n', 'inventory-plugin'],
  ])('no problem of the decrypted %s %j quotes it', async (name, text, code) => {
    const files: Readonly<Record<string, string>> = { hosts: 'gw1\n', [name]: secret(text) };
    const sources = ['hosts', ...(name.startsWith('more') ? [name] : [])];
    const problems = await problemsOf(loadInventory({ sources, cwd: folderWith(files), vault }));
    expect(problems).toMatchObject([
      { code, file: name, remedy: `Look at it yourself: ansible-vault view ${name}` },
    ]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('no warning does, either', async () => {
    const cwd = folderWith({ hosts: 'gw1\n', 'host_vars/gw1.yml': secret('hunter2: 1\nhunter2: 2\n') });
    const { warnings } = await loadInventory({ sources: ['hosts'], cwd, vault });
    expect(warnings).toMatchObject([{ code: 'duplicate-key', line: 2 }]);
    expect(JSON.stringify(warnings)).not.toContain('hunter2');
  });

  it('of a file after -e @', async () => {
    const folder = folderWith({ 'v.yml': secret('- hunter2\n') });
    const problems = await problemsOf(loadExtraVars([`@${path.join(folder, 'v.yml')}`], vault));
    expect(problems).toMatchObject([{ code: 'vars-mapping' }]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('a playbook and a template say what is shown everywhere, and are refused', async () => {
    const folder = folderWith({
      'whole.yml': secret('- id: a\n'),
      'site.yml': '- id: edge\n  hosts: all\n  rules: [{ template: t.hbs }]\n',
      'templates/t.hbs': secret('*filter\nCOMMIT\n'),
    });
    expect(await problemsOf(loadPlaybook(path.join(folder, 'whole.yml')))).toMatchObject([
      { code: 'vault-file', file: path.join(folder, 'whole.yml') },
    ]);
    expect(await problemsOf(loadPlaybook(path.join(folder, 'site.yml')))).toMatchObject([
      { code: 'vault-file', file: path.join(folder, 'templates/t.hbs') },
    ]);
  });
});
