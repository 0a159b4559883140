import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../src/project/settings.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { findAnsiblePython } from './python.ts';

/** Settings whose values are compared, by the names that Ansible has for them: base settings, or options of a plugin. */
const NAMES: Readonly<Partial<Record<keyof Settings, string>>> = {
  inventory: 'DEFAULT_HOST_LIST',
  inventoryIgnoreExtensions: 'INVENTORY_IGNORE_EXTS',
  inventoryIgnorePatterns: 'INVENTORY_IGNORE_PATTERNS',
  playbookDir: 'PLAYBOOK_DIR',
  forks: 'DEFAULT_FORKS',
  remoteUser: 'DEFAULT_REMOTE_USER',
  remotePort: 'DEFAULT_REMOTE_PORT',
  privateKeyFile: 'DEFAULT_PRIVATE_KEY_FILE',
  transport: 'DEFAULT_TRANSPORT',
  askPass: 'DEFAULT_ASK_PASS',
  connectionPasswordFile: 'CONNECTION_PASSWORD_FILE',
  become: 'DEFAULT_BECOME',
  becomeMethod: 'DEFAULT_BECOME_METHOD',
  becomeAskPass: 'DEFAULT_BECOME_ASK_PASS',
  becomePasswordFile: 'BECOME_PASSWORD_FILE',
  vaultPasswordFile: 'DEFAULT_VAULT_PASSWORD_FILE',
  vaultIdentityList: 'DEFAULT_VAULT_IDENTITY_LIST',
  vaultIdentity: 'DEFAULT_VAULT_IDENTITY',
  askVaultPass: 'DEFAULT_ASK_VAULT_PASS',
  hostKeyChecking: 'connection/ssh/host_key_checking',
  timeout: 'DEFAULT_TIMEOUT',
  sshExecutable: 'connection/ssh/ssh_executable',
  sshArgs: 'connection/ssh/ssh_args',
  sshCommonArgs: 'connection/ssh/ssh_common_args',
  sshExtraArgs: 'connection/ssh/ssh_extra_args',
  becomeUser: 'become/sudo/become_user',
  becomeExe: 'become/sudo/become_exe',
};

type Case = { readonly cfg: string; readonly env: Readonly<Record<string, string>> };

const CASES: readonly Case[] = [
  { cfg: '', env: {} },
  {
    cfg: `[defaults]
inventory = hosts, ../more,/abs/x
forks = 7
remote_user = "deploy"
remote_port = 2222 ; inline
private_key_file = ~/.ssh/id_$WHO
ask_pass = yes
connection_password_file = \${WHO}/pass
become_password_file = {{CWD}}/b
vault_password_file = ./v.sh
vault_identity_list = dev@d, 'prod@prompt'
vault_identity = x
transport = paramiko
inventory_ignore_extensions = .a, .b
playbook_dir = p/./q/
timeout = 33
host_key_checking = off
[inventory]
ignore_patterns = ^x, y
[privilege_escalation]
become = 1
become_method = su
become_user = admin
become_ask_pass = t
[ssh_connection]
ssh_args = -o A=b
  -o C=d
ssh_common_args = '-J jump'
ssh_extra_args: -vvv
ssh_executable = /opt/ssh`,
    env: { WHO: 'ada' },
  },
  {
    cfg: `[DEFAULT]
remote_user = everybody
[defaults]
timeout = 1
host_key_checking = no
[ssh_connection]
timeout = 2
host_key_checking = yes
[privilege_escalation]
become_user = a
become_exe = b
[sudo_become_plugin]
user = c
executable = d`,
    env: {},
  },
  {
    cfg: '[defaults]\ninventory = a\nforks = 7\nremote_user = x\nprivate_key_file = k\n[ssh_connection]\nssh_args = -C\n',
    env: {
      ANSIBLE_INVENTORY: 'inv/x, ~/y',
      ANSIBLE_FORKS: '9',
      ANSIBLE_REMOTE_USER: 'env',
      ANSIBLE_PRIVATE_KEY_FILE: 'here/k',
      ANSIBLE_SSH_ARGS: '',
      ANSIBLE_HOST_KEY_CHECKING: 'False',
      ANSIBLE_SSH_HOST_KEY_CHECKING: 'True',
      ANSIBLE_SSH_TIMEOUT: '3',
      ANSIBLE_TIMEOUT: '4',
      ANSIBLE_BECOME: 'True',
      ANSIBLE_BECOME_USER: 'u',
      ANSIBLE_SUDO_USER: 's',
      ANSIBLE_BECOME_ASK_PASS: 'no',
      ANSIBLE_VAULT_PASSWORD_FILE: 'v',
      ANSIBLE_VAULT_IDENTITY_LIST: 'a@b,c@d',
      ANSIBLE_INVENTORY_IGNORE: '.x',
    },
  },
  { cfg: '[DEFAULT]\nforks = 3\n', env: { ANSIBLE_FORKS: '' } },
];

/** Asks the very code behind `ansible-config dump`, in the folder of the cases. */
const ORACLE = `
import importlib, json, os, sys, yaml
from ansible.config.manager import ConfigManager
asked = json.load(sys.stdin)
clean = dict(os.environ)
def value(manager, name):
    if '/' not in name:
        return manager.get_config_value_and_origin(name)
    kind, plugin, option = name.split('/')
    options = yaml.safe_load(importlib.import_module('ansible.plugins.%s.%s' % (kind, plugin)).DOCUMENTATION)['options']
    manager.initialize_plugin_configuration_definitions(kind, plugin, options)
    return manager.get_config_value_and_origin(option, plugin_type=kind, plugin_name=plugin)
answers = []
for case in asked['cases']:
    os.environ.clear()
    os.environ.update(clean)
    os.environ.update(case['env'])
    manager = ConfigManager(conf_file=case['file'])
    answers.append({name: value(manager, name) for name in asked['names']})
json.dump(answers, sys.stdout)
`;

const python = findAnsiblePython();
describe(`beside ansible-config${python === undefined ? ' [SKIPPED: needs ansible]' : ''}`, () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-settings-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.skipIf(python === undefined)('every value is the same, and comes from the same place', async () => {
    const cases = CASES.map(({ cfg, env }, index) => {
      const file = path.join(folder, `c${index}.cfg`);
      writeFileSync(file, cfg);
      return { file, env };
    });
    const names = Object.values(NAMES);
    const input = JSON.stringify({ cases, names });
    const env = { PATH: process.env.PATH, HOME: folder };
    const options = { input, env, cwd: folder, encoding: 'utf8' } as const;
    const answers: readonly Record<string, readonly [unknown, string]>[] = JSON.parse(
      execFileSync(python ?? '', ['-c', ORACLE], options),
    );
    for (const [index, one] of cases.entries()) {
      const { settings, problems } = await readSettings({
        env: { HOME: folder, ...one.env, ANSIBLE_CONFIG: one.file },
        cwd: folder,
        home: folder,
        systemFile: '/nowhere',
      });
      expect(problems).toEqual([]);
      const ours = Object.entries(NAMES).map(([name]) => {
        const { value, origin } = settings[name as keyof Settings];
        if (origin.kind === 'default') return [name, 'default'];
        return [name, value, origin.kind === 'file' ? one.file : `env: ${origin.name}`];
      });
      const theirs = Object.entries(NAMES).map(([name, theirName]) => {
        const [value, origin] = answers[index]?.[theirName] ?? [];
        return origin === 'default' ? [name, 'default'] : [name, value, origin];
      });
      expect({ index, settings: ours }).toEqual({ index, settings: theirs });
    }
  });
});
