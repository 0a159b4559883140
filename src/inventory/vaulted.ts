/**
 * A variable encrypted with Ansible Vault, kept as ciphertext under the key that Ansible's own JSON uses.
 * It turns into `*****` where text is wanted, and using it in a rule is an error.
 */
export type Vaulted = { readonly __ansible_vault: string };

/** What is shown in place of an encrypted value. */
export const VAULTED_TEXT = '*****';

/** Wraps the ciphertext of a `!vault` value. */
export function vaulted(ciphertext: string): Vaulted {
  const marker = { __ansible_vault: ciphertext };
  Object.defineProperty(marker, 'toString', { value: () => VAULTED_TEXT });
  return Object.freeze(marker);
}

/** Says whether a value is a vault-encrypted one; `{"__ansible_vault": …}` from an inventory script counts too. */
export function isVaulted(value: unknown): value is Vaulted {
  return typeof value === 'object' && value !== null && '__ansible_vault' in value;
}

/** Says whether the text of a whole file is encrypted. */
export function isVaultText(text: string): boolean {
  return text.startsWith('$ANSIBLE_VAULT;');
}
