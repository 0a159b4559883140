import { isVaultText } from '../inventory/vaulted.ts';
import type { Problem } from '../problem.ts';
import type { Vault } from '../vault/vault.ts';

/** The text of a file as it is to be parsed; secret where it was decrypted. */
export type FileText = { readonly text: string; readonly isSecret: boolean };

/** Decrypts the text of a file where it is encrypted as a whole, or says why that can't be done. */
export async function openText(
  text: string,
  file: string,
  vault: Vault,
): Promise<FileText | { readonly problem: Problem }> {
  if (!isVaultText(text)) return { text, isSecret: false };
  const read = await vault.readText(text, file);
  return 'problem' in read ? read : { text: read.text.reveal(), isSecret: true };
}

/** A file whose content is shown by everything that uses it can't be secret. */
export function encryptedProblem(file: string, what: string): Problem {
  return {
    code: 'vault-file',
    file,
    message: `the ${what} is encrypted with Ansible Vault, but what it says is shown in plans, events and the journal`,
    remedy:
      'Decrypt it (ansible-vault decrypt), and keep what is secret in it in an encrypted file of group_vars, or as a !vault value in vars.',
  };
}
