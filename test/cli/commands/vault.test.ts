import { join } from 'node:path';
import { expect, test } from 'vitest';
import { vaultOf } from '../../../src/cli/commands/vault.ts';
import { folderWith } from '../../project/inventory-folders.ts';
import { settle } from '../../settings/sources.ts';
import { encrypt } from '../../vault/vaults.ts';

const none = { 'vault-id': [], 'vault-password-file': [], 'ask-vault-password': false };

/** What becomes of a text that `ours` opens, under these settings. */
async function read(cfg: string, env: Readonly<Record<string, string>>, id?: string): Promise<string> {
  const vault = vaultOf(none, settle(cfg, env).settings);
  const answer = await vault.readText(encrypt('opened', 'ours', id === undefined ? {} : { id }), 'f');
  return 'text' in answer ? answer.text.reveal() : answer.problem.code;
}

test('the settings name where passwords come from, and which of them are tried', async () => {
  const file = join(folderWith({ pw: 'ours\n' }), 'pw');
  expect(await read('[defaults]\n', {})).toBe('vault-no-password');
  expect(await read(`[defaults]\nvault_password_file = ${file}\n`, {})).toBe('opened');
  expect(await read('', { ANSIBLE_VAULT_IDENTITY_LIST: `prod@${file}, dev@${file}-` }, 'prod')).toBe(
    'opened',
  );
  const ofOne = `[defaults]\nvault_id_match = True\nvault_identity_list = prod@${file}\n`;
  expect(await read(ofOne, {}, 'prod')).toBe('opened');
  expect(await read(ofOne, {}, 'dev')).toBe('vault-wrong-password');
  expect(await read(ofOne, {})).toBe('vault-wrong-password');
  expect(await read(`${ofOne}vault_identity = prod\n`, {})).toBe('opened');
});
