import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../src/problem.ts';
import { settle } from './sources.ts';

describe('of the places where a setting may stand', () => {
  it.each<[string, string | undefined, Record<string, string>, unknown, object]>([
    ['none', undefined, {}, undefined, { kind: 'default' }],
    ['the file', '[defaults]\nremote_user = a\n', {}, 'a', { kind: 'file', file: 'ansible.cfg', line: 2 }],
    [
      'the environment before the file',
      '[defaults]\nremote_user = a\n',
      { ANSIBLE_REMOTE_USER: 'b' },
      'b',
      { kind: 'environment', name: 'ANSIBLE_REMOTE_USER' },
    ],
    [
      'an empty variable, too',
      '[defaults]\nremote_user = a\n',
      { ANSIBLE_REMOTE_USER: '' },
      '',
      { kind: 'environment', name: 'ANSIBLE_REMOTE_USER' },
    ],
    [
      '[DEFAULT] where the section has nothing',
      '[DEFAULT]\nremote_user = a\n[defaults]\n',
      {},
      'a',
      { kind: 'file', file: 'ansible.cfg', line: 2 },
    ],
    [
      '[DEFAULT] never without the section',
      '[DEFAULT]\nremote_user = a\n',
      {},
      undefined,
      { kind: 'default' },
    ],
    ['no other section', '[default]\nremote_user = a\n', {}, undefined, { kind: 'default' }],
  ])('%s', (_, text, env, value, origin) => {
    expect(settle(text, env).settings.remoteUser).toEqual({ value, origin });
  });

  it('one of several counts before the others', () => {
    const text =
      '[ssh_connection]\ntimeout = 20\nhost_key_checking = no\n[defaults]\ntimeout = 30\nhost_key_checking = yes\n';
    expect(settle(text).settings).toMatchObject({
      timeout: { value: 30, origin: { line: 5 } },
      hostKeyChecking: { value: false, origin: { line: 3 } },
    });
    expect(settle(text, { ANSIBLE_SSH_TIMEOUT: '7' }).settings.timeout.value).toBe(7);
    expect(settle(text, { ANSIBLE_SSH_TIMEOUT: '7', ANSIBLE_TIMEOUT: '8' }).settings.timeout).toEqual({
      value: 8,
      origin: { kind: 'environment', name: 'ANSIBLE_TIMEOUT' },
    });
  });

  it("our own variable counts before Ansible's, unless it is empty", () => {
    const env = { ANSIBLE_INVENTORY: 'a', SLUICE_INVENTORY: 's' };
    expect(settle(undefined, env).settings.inventory.value).toEqual(['/srv/s']);
    expect(settle(undefined, { ...env, SLUICE_INVENTORY: '' }).settings.inventory.value).toEqual(['/srv/a']);
  });

  it('paths are relative to where they are written', () => {
    const text = '[defaults]\nprivate_key_file = keys/id\nvault_password_file = v\n';
    const { settings } = settle(text, { ANSIBLE_VAULT_PASSWORD_FILE: 'v' });
    expect(settings.privateKeyFile.value).toBe('/etc/fleet/keys/id');
    expect(settings.vaultPasswordFile.value).toBe('/srv/v');
  });
});

it('finds every value that is wrong, with its place', () => {
  const text = '[defaults]\nforks = many\nhost_key_checking = flase\n[bad]\n[bad]\n';
  const { problems } = settle(text, { ANSIBLE_TIMEOUT: '0' });
  expect(problems.map((problem) => formatProblem(problem).split('\n')[0])).toEqual([
    'ansible.cfg:5: the section [bad] stands here a second time',
    'ansible.cfg:2: forks = "many": it must be a whole number from 1 to 1000000',
    'ansible.cfg:3: host_key_checking = "flase": it must be true or false',
    'ANSIBLE_TIMEOUT = "0": it must be a whole number from 1 to 86400',
  ]);
});

describe('what would change the meaning of an inventory', () => {
  it.each<[string, Record<string, string>, string]>([
    ['[defaults]\nhash_behaviour = merge\n', {}, 'ansible.cfg:2: hash_behaviour = "merge" is not supported'],
    ['', { ANSIBLE_HASH_BEHAVIOUR: 'merge' }, 'ANSIBLE_HASH_BEHAVIOUR = "merge" is not supported'],
    ['[defaults]\nprecedence = all_inventory\n', {}, 'ansible.cfg:2: precedence = "all_inventory" is not'],
    [
      '[defaults]\nforce_valid_group_names = always\n',
      {},
      'ansible.cfg:2: force_valid_group_names = "always"',
    ],
  ])('%j %j is refused', (text, env, message) => {
    const { problems, warnings } = settle(text, env);
    expect(warnings).toEqual([]);
    expect(problems.map(formatProblem)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    'vars_plugins_enabled = host_group_vars,community.sops.sops',
    'error_on_undefined_vars = False',
    'yaml_valid_extensions = .yml, .vars',
    'playbook_vars_root = all',
    'nocows = 1\n[sudo_become_plugin]\nflags = -H -u admin',
  ])('%j is warned of', (line) => {
    const { problems, warnings } = settle(`[defaults]\n${line}\n`);
    expect(problems).toEqual([]);
    expect(warnings).toMatchObject([{ code: 'unsupported-setting', file: 'ansible.cfg' }]);
  });

  it.each([
    'hash_behaviour = replace',
    'force_valid_group_names = ignore',
    'vars_plugins_enabled = host_group_vars',
    'error_on_undefined_vars = True',
    'yaml_valid_extensions = .json, .yml, .yaml',
    'playbook_vars_root = top',
    'nocows = 1\n[sudo_become_plugin]\nflags = -H -S -n',
  ])('%j is what sluice does anyway', (line) => {
    const { problems, warnings, watched } = settle(`[defaults]\n${line}\n`);
    expect([...problems, ...warnings, ...watched.keys()]).toEqual([]);
  });
});

/** The shapes of files that many people have: none may stop them or nag. */
describe('a common ansible.cfg', () => {
  it.each([
    '[defaults]\ninventory = ./hosts\nhost_key_checking = False\nretry_files_enabled = False\nnocows = 1\nstdout_callback = yaml\n' +
      'callback_whitelist = profile_tasks, timer\ngathering = smart\nfact_caching = jsonfile\nfact_caching_connection = $HOME/.facts\n' +
      'roles_path = roles:~/.ansible/roles\ninterpreter_python = auto_silent\nforce_valid_group_names = ignore\ntimeout = 60\n' +
      'transport = ssh\nremote_tmp = $HOME/.ansible/tmp\nvars_plugins = ~/.ansible/plugins/vars\ndeprecation_warnings = False\n',
    '[defaults]\ninventory_ignore_extensions = secrets.py, .pyc, .cfg, .crt, .ini\nlog_path = ~/a.log\nforks = 20 \n' +
      '[inventory]\nunparsed_is_failed=true\nenable_plugins = host_list, script, auto, yaml, ini, toml\n' +
      '[ssh_connection]\nretries = 15\npipelining = True\nssh_args = -o ControlMaster=auto -o ControlPersist=600s\n' +
      'control_path = %(directory)s/%%h-%%r\nscp_if_ssh = True\n',
    '[privilege_escalation]\nbecome=True\nbecome_method=sudo\nbecome_user=root\nbecome_ask_pass=False\n[paramiko_connection]\n' +
      'record_host_keys=False\n[persistent_connection]\nconnect_timeout = 30\n[diff]\nalways = yes\n[colors]\nwarn = bright purple\n',
    '[sudo_become_plugin]\nflags = -H -S -n\n[selinux]\nspecial_context_filesystems=nfs,vboxsf\n[galaxy]\nserver_list = a\n[galaxy_server.a]\nurl = b\n',
  ])('%#', (text) => {
    const { problems, warnings } = settle(text);
    expect([...problems, ...warnings]).toEqual([]);
  });
});
