import type { InferredOptionTypes } from 'yargs';
import type { Settings } from '../../settings/settings.ts';
import type { Vault } from '../../vault/vault.ts';
import { openVault } from '../operations/vault-passwords.ts';
import { vaultSources } from '../operations/vault-sources.ts';
import type { vaultOptions } from '../options.ts';

/** The vault that the flags and the settings make together; nothing is read or asked yet. */
export function vaultOf(args: InferredOptionTypes<typeof vaultOptions>, settings: Settings): Vault {
  const flags = {
    ids: args['vault-id'],
    passwordFiles: args['vault-password-file'],
    isAsked: args['ask-vault-password'],
  };
  const identity = settings.vaultIdentity.value || 'default';
  const sources = vaultSources(flags, {
    ids: settings.vaultIdentityList.value ?? [],
    passwordFile: settings.vaultPasswordFile.value || undefined,
    isAsked: settings.askVaultPass.value ?? false,
    identity,
  });
  return openVault(sources, { identity, onlyMatching: settings.vaultIdMatch.value ?? false });
}
