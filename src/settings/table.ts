/** How a setting's text becomes a value. */
export type Kind =
  | 'text'
  | 'boolean'
  | 'count'
  | 'port'
  | 'seconds'
  | 'list'
  /** Regular expressions. */
  | 'patterns'
  | 'path'
  | 'paths'
  /** A text that nothing shows. */
  | 'secret';

/** Where Ansible looks for a setting; of several that are set, the last one wins, and the environment before the file. */
export type Sources = {
  readonly kind: Kind;
  readonly env: readonly string[];
  /** Section and key. */
  readonly keys: readonly (readonly [section: string, key: string])[];
};

export type HonouredSource = Sources & {
  /** As it is shown; what it means is known where the setting is used. */
  readonly default?: string | number | boolean;
};

/**
 * What sluice honours of ansible.cfg and the environment; but for `notify`, names, places, kinds and defaults are those of ansible-core's
 * config/base.yml, plugins/connection/ssh.py and plugins/become/sudo.py, but for the default of `forks` and `inventory`.
 */
export const HONOURED = {
  inventory: {
    kind: 'paths',
    env: ['ANSIBLE_INVENTORY', 'SLUICE_INVENTORY'],
    keys: [['defaults', 'inventory']],
    default: './inventories, else ./inventory',
  },
  inventoryIgnoreExtensions: {
    kind: 'list',
    env: ['ANSIBLE_INVENTORY_IGNORE'],
    keys: [
      ['defaults', 'inventory_ignore_extensions'],
      ['inventory', 'ignore_extensions'],
    ],
    default: '.pyc, .pyo, .swp, .bak, ~, .rpm, .md, .txt, .rst, .orig, .ini, .cfg, .retry',
  },
  inventoryIgnorePatterns: {
    kind: 'patterns',
    env: ['ANSIBLE_INVENTORY_IGNORE_REGEX'],
    keys: [
      ['defaults', 'inventory_ignore_patterns'],
      ['inventory', 'ignore_patterns'],
    ],
  },
  /** Of sluice's own: who is told of all runs. */
  notify: { kind: 'path', env: ['SLUICE_NOTIFY'], keys: [['sluice', 'notify']] },
  playbookDir: { kind: 'path', env: ['ANSIBLE_PLAYBOOK_DIR'], keys: [['defaults', 'playbook_dir']] },
  forks: { kind: 'count', env: ['ANSIBLE_FORKS'], keys: [['defaults', 'forks']], default: 32 },
  remoteUser: { kind: 'text', env: ['ANSIBLE_REMOTE_USER'], keys: [['defaults', 'remote_user']] },
  remotePort: { kind: 'port', env: ['ANSIBLE_REMOTE_PORT'], keys: [['defaults', 'remote_port']] },
  privateKeyFile: {
    kind: 'path',
    env: ['ANSIBLE_PRIVATE_KEY_FILE'],
    keys: [['defaults', 'private_key_file']],
  },
  hostKeyChecking: {
    kind: 'boolean',
    env: ['ANSIBLE_HOST_KEY_CHECKING', 'ANSIBLE_SSH_HOST_KEY_CHECKING'],
    keys: [
      ['defaults', 'host_key_checking'],
      ['ssh_connection', 'host_key_checking'],
    ],
    default: true,
  },
  // The ssh plugin's own list has them the other way round, but ansible's -T, whose default is [defaults] timeout, always wins there.
  timeout: {
    kind: 'seconds',
    env: ['ANSIBLE_SSH_TIMEOUT', 'ANSIBLE_TIMEOUT'],
    keys: [
      ['ssh_connection', 'timeout'],
      ['defaults', 'timeout'],
    ],
    default: 10,
  },
  transport: {
    kind: 'text',
    env: ['ANSIBLE_TRANSPORT'],
    keys: [['defaults', 'transport']],
    default: 'smart',
  },
  sshExecutable: {
    kind: 'text',
    env: ['ANSIBLE_SSH_EXECUTABLE'],
    keys: [['ssh_connection', 'ssh_executable']],
    default: 'ssh',
  },
  sshArgs: { kind: 'text', env: ['ANSIBLE_SSH_ARGS'], keys: [['ssh_connection', 'ssh_args']] },
  sshCommonArgs: {
    kind: 'text',
    env: ['ANSIBLE_SSH_COMMON_ARGS'],
    keys: [['ssh_connection', 'ssh_common_args']],
  },
  sshExtraArgs: {
    kind: 'text',
    env: ['ANSIBLE_SSH_EXTRA_ARGS'],
    keys: [['ssh_connection', 'ssh_extra_args']],
  },
  askPass: { kind: 'boolean', env: ['ANSIBLE_ASK_PASS'], keys: [['defaults', 'ask_pass']], default: false },
  connectionPasswordFile: {
    kind: 'path',
    env: ['ANSIBLE_CONNECTION_PASSWORD_FILE'],
    keys: [['defaults', 'connection_password_file']],
  },
  become: {
    kind: 'boolean',
    env: ['ANSIBLE_BECOME'],
    keys: [['privilege_escalation', 'become']],
    default: false,
  },
  becomeMethod: {
    kind: 'text',
    env: ['ANSIBLE_BECOME_METHOD'],
    keys: [['privilege_escalation', 'become_method']],
    default: 'sudo',
  },
  becomeUser: {
    kind: 'text',
    env: ['ANSIBLE_BECOME_USER', 'ANSIBLE_SUDO_USER'],
    keys: [
      ['privilege_escalation', 'become_user'],
      ['sudo_become_plugin', 'user'],
    ],
    default: 'root',
  },
  becomeExe: {
    kind: 'text',
    env: ['ANSIBLE_BECOME_EXE', 'ANSIBLE_SUDO_EXE'],
    keys: [
      ['privilege_escalation', 'become_exe'],
      ['sudo_become_plugin', 'executable'],
    ],
    default: 'sudo',
  },
  becomeAskPass: {
    kind: 'boolean',
    env: ['ANSIBLE_BECOME_ASK_PASS'],
    keys: [['privilege_escalation', 'become_ask_pass']],
    default: false,
  },
  becomePasswordFile: {
    kind: 'path',
    env: ['ANSIBLE_BECOME_PASSWORD_FILE'],
    keys: [['defaults', 'become_password_file']],
  },
  becomePassword: {
    kind: 'secret',
    env: ['ANSIBLE_BECOME_PASS', 'ANSIBLE_SUDO_PASS'],
    keys: [['sudo_become_plugin', 'password']],
  },
  vaultPasswordFile: {
    kind: 'path',
    env: ['ANSIBLE_VAULT_PASSWORD_FILE'],
    keys: [['defaults', 'vault_password_file']],
  },
  /** Of `label@source`; Ansible takes relative sources from the working directory, not from the file. */
  vaultIdentityList: {
    kind: 'list',
    env: ['ANSIBLE_VAULT_IDENTITY_LIST'],
    keys: [['defaults', 'vault_identity_list']],
  },
  vaultIdentity: {
    kind: 'text',
    env: ['ANSIBLE_VAULT_IDENTITY'],
    keys: [['defaults', 'vault_identity']],
    default: 'default',
  },
  vaultIdMatch: {
    kind: 'boolean',
    env: ['ANSIBLE_VAULT_ID_MATCH'],
    keys: [['defaults', 'vault_id_match']],
    default: false,
  },
  askVaultPass: {
    kind: 'boolean',
    env: ['ANSIBLE_ASK_VAULT_PASS'],
    keys: [['defaults', 'ask_vault_pass']],
    default: false,
  },
} as const satisfies Readonly<Record<string, HonouredSource>>;
