import { chmodSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProblemsError } from '../../src/problem.ts';
import { loadSettings, readSettings } from '../../src/project/settings.ts';
import { folderWith } from './inventory-folders.ts';

const user = (name: string) => `[defaults]\nremote_user = ${name}\n`;

/** Everywhere that Ansible looks; each file names itself by its user. */
const ALL = {
  'named/my.cfg': user('named'),
  'named/ansible.cfg': user('folder'),
  'project/ansible.cfg': user('here'),
  'home/.ansible.cfg': user('home'),
  'etc/ansible.cfg': user('machine'),
};

function read(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
  prepare: (folder: string) => void = () => undefined,
) {
  const folder = folderWith({ 'project/x': '', 'home/x': '', ...files });
  prepare(folder);
  return readSettings({
    env,
    cwd: path.join(folder, 'project'),
    home: path.join(folder, 'home'),
    systemFile: path.join(folder, 'etc/ansible.cfg'),
  });
}

function without(...names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(ALL).filter(([name]) => !names.includes(name)));
}

describe('the file that counts', () => {
  it.each([
    [ALL, { ANSIBLE_CONFIG: '../named/my.cfg' }, 'named'],
    [ALL, { ANSIBLE_CONFIG: '../named' }, 'folder'],
    [ALL, { ANSIBLE_CONFIG: '$PLACE/my.cfg', PLACE: '../named' }, 'named'],
    [ALL, {}, 'here'],
    [without('project/ansible.cfg'), {}, 'home'],
    [without('project/ansible.cfg'), { ANSIBLE_CONFIG: '' }, 'home'],
    [without('project/ansible.cfg', 'home/.ansible.cfg'), {}, 'machine'],
    [{}, {}, undefined],
  ])('of %j with %j', async (files, env, expected) => {
    const { settings, problems, warnings } = await read(files, env);
    expect([settings.remoteUser.value, problems, warnings]).toEqual([expected, [], []]);
  });

  it('is read alone: no other adds to it', async () => {
    const files = { ...ALL, 'project/ansible.cfg': '[defaults]\nforks = 3\n' };
    const { settings, file } = await read(files);
    expect([file, settings.forks.value, settings.remoteUser.value]).toEqual(['ansible.cfg', 3, undefined]);
  });

  it("isn't that of a directory that anybody may write to; a word is said", async () => {
    const open = (folder: string) => chmodSync(path.join(folder, 'project'), 0o777);
    const { settings, warnings } = await read(ALL, {}, open);
    expect(settings.remoteUser.value).toBe('home');
    expect(warnings).toMatchObject([{ code: 'config-public', file: 'ansible.cfg' }]);
    const alone = await read(without('home/.ansible.cfg', 'etc/ansible.cfg'), {}, open);
    expect([alone.settings.remoteUser.value, alone.warnings]).toMatchObject([
      undefined,
      [{ code: 'config-public', file: 'ansible.cfg' }],
    ]);
    const named = await read(ALL, { ANSIBLE_CONFIG: 'ansible.cfg' }, open);
    expect([named.settings.remoteUser.value, named.warnings]).toEqual(['here', []]);
  });

  it('is the next one where ANSIBLE_CONFIG names none; a word is said', async () => {
    const { settings, warnings } = await read(ALL, { ANSIBLE_CONFIG: 'gone.cfg' });
    expect(settings.remoteUser.value).toBe('here');
    expect(warnings).toMatchObject([{ code: 'config-missing', remedy: 'ansible.cfg is read instead.' }]);
  });
});

describe('paths', () => {
  it.each([
    ['keys/id', '/etc-like/keys/id'],
    ['./a/../b', '/etc-like/b'],
    ['/abs/id', '/abs/id'],
    ['~/.ssh/id', '/home/.ssh/id'],
    ['$WHO/id', '/etc-like/ada/id'],
    ['$' + '{WHO}x/$NOBODY', '/etc-like/adax/$NOBODY'],
    ['{{CWD}}/id', '/project/id'],
  ])('%s', async (written, expected) => {
    const files = { 'etc-like/a.cfg': `[defaults]\nprivate_key_file = ${written}\n` };
    let folder = '';
    const { settings } = await read(files, { ANSIBLE_CONFIG: '../etc-like/a.cfg', WHO: 'ada' }, (made) => {
      folder = made;
    });
    expect(settings.privateKeyFile.value?.replace(folder, '')).toBe(expected);
  });

  it('of another user are a problem', async () => {
    const { problems } = await read({ 'project/ansible.cfg': '[defaults]\nprivate_key_file = ~ada/id\n' });
    expect(problems).toMatchObject([{ code: 'invalid-setting', file: 'ansible.cfg', line: 2 }]);
  });
});

describe('a file that Ansible refuses', () => {
  it.each([
    ['named in another way', { 'project/my.conf': '' }, 'my.conf', 'ends neither in .cfg nor in .ini'],
    ['with a byte order mark', { 'project/my.cfg': '\uFEFF[defaults]\n' }, 'my.cfg', 'byte order mark'],
    ['with a section that stands twice', { 'project/my.cfg': '[a]\n[a]\n' }, 'my.cfg', 'a second time'],
  ])('%s', async (_, files, name, message) => {
    const { problems } = await read(files, { ANSIBLE_CONFIG: name });
    expect(problems).toMatchObject([
      { code: 'invalid-config', file: name, message: expect.stringContaining(message) },
    ]);
  });
});

it('what is wrong stops whoever loads the settings, all of it at once', async () => {
  const folder = folderWith({ 'ansible.cfg': '[defaults]\nforks = x\nhash_behaviour = merge\n' });
  const loading = loadSettings({ env: {}, cwd: folder, home: folder, systemFile: '/nowhere' });
  const error = await loading.catch((reason: unknown) => reason);
  expect(error instanceof ProblemsError && error.problems.map(({ code }) => code)).toEqual([
    'invalid-setting',
    'unsupported-setting',
  ]);
});
