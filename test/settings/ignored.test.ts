import { describe, expect, it } from 'vitest';
import { ignoredKeys } from '../../src/settings/ignored.ts';
import { parseIniFile } from '../../src/settings/ini-file.ts';
import { NO_BEARING } from '../../src/settings/no-bearing.ts';
import { HONOURED, type Sources } from '../../src/settings/table.ts';
import { WATCHED } from '../../src/settings/watched.ts';

const ignored = (text: string) => ignoredKeys(parseIniFile(text, 'ansible.cfg').file);

it.each([
  ['[defaults]\nnocows = 1', 'no bearing', false],
  ['[callback_profile_tasks]\ntask_output_limit = 5', "a plugin's section", false],
  ['[defaults]\nremot_user = a', 'Did you mean "remote_user"?', true],
  ['[defaults]\nbecome = True', 'Ansible reads it in [privilege_escalation] alone', true],
  ['[defaults]\nssh_args = -C', 'Ansible reads it in [ssh_connection] alone', true],
  ['[default]\nremote_user = a', 'Did you mean [defaults]?', true],
  ['[ssh_connections]\nretries = 1', 'Did you mean [ssh_connection]?', true],
  ['[libssh_connection]\nproxy_command = x', "a plugin's section", false],
  ['[ssh_connection]\nansible_user = a', 'a variable, which belongs', true],
  ['[defaults]\nsudo_user = root', 'write [privilege_escalation] become_user', true],
  ['[defaults]\nhostfile = hosts', 'write [defaults] inventory', true],
  ['[defaults]\nsomething_of_ours = 1', 'Ansible does not know it', false],
])('%j has no effect: %s', (text, why, isDoubtful) => {
  expect(ignored(text)).toEqual([
    {
      line: 2,
      section: expect.any(String),
      key: expect.any(String),
      why: expect.stringContaining(why),
      isDoubtful,
    },
  ]);
});

it('keeps the order of the file', () => {
  expect(ignored('[b]\nx = 1\n[a]\ny = 1\n[DEFAULT]\nz = 1\n').map(({ key }) => key)).toEqual(['x', 'y']);
});

describe('the table', () => {
  const read = Object.values<Sources>({ ...HONOURED, ...WATCHED });

  it('names no key and no variable twice', () => {
    const keys = read.flatMap((one) => one.keys.map(([section, key]) => `[${section}] ${key}`));
    const idle = Object.entries(NO_BEARING).flatMap(([section, names]) =>
      names.map((key) => `[${section}] ${key}`),
    );
    const all = [...keys, ...idle, ...read.flatMap(({ env }) => env)];
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
  });

  it.each(read.flatMap((one) => one.keys))("doesn't take [%s] %s for ignored", (section, key) => {
    expect(ignored(`[${section}]\n${key} = 1\n`)).toEqual([]);
  });
});
