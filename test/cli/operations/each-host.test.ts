import { expect, test } from 'vitest';
import { selectHosts } from '../../../src/cli/operations/each-host.ts';
import { folderWith } from '../../project/inventory-folders.ts';
import { NO_SETTINGS, settle } from '../../settings/sources.ts';
import { noVault } from '../../vault/vaults.ts';

const FILES = {
  'fleet/hosts': 'gw1\n',
  'group_vars/all.yml': 'ansible_user: here\n',
  'play/group_vars/all.yml': 'ansible_user: elsewhere\n',
};

test.each([
  ['', 'here'],
  ['[defaults]\nplaybook_dir = play\n', 'elsewhere'],
])(
  'a command without a playbook logs in by the variables of its folder, or of playbook_dir: %j',
  async (cfg, user) => {
    const cwd = folderWith(FILES);
    const settings = cfg === '' ? NO_SETTINGS : settle(cfg.replace('= play', `= ${cwd}/play`));
    const request = {
      inventory: ['fleet/hosts'],
      pattern: 'all',
      limit: undefined,
      extraVars: [],
      vault: noVault,
    };
    const { hosts } = await selectHosts({ ...request, cwd, settings });
    expect(hosts.map(({ vars }) => vars)).toEqual([{ ansible_user: user }]);
  },
);
