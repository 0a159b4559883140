import type { InferredOptionTypes } from 'yargs';
import type { Vault } from '../../vault/vault.ts';
import { openVault } from '../operations/vault-passwords.ts';
import { vaultSettings, vaultSources } from '../operations/vault-sources.ts';
import type { vaultOptions } from '../options.ts';

/** The vault that the flags and the environment make together; nothing is read or asked yet. */
export function vaultOf(args: InferredOptionTypes<typeof vaultOptions>, env: NodeJS.ProcessEnv): Vault {
  const flags = {
    ids: args['vault-id'],
    passwordFiles: args['vault-password-file'],
    isAsked: args['ask-vault-password'],
  };
  return openVault(vaultSources(flags, vaultSettings(env)));
}
