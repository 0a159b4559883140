import { Sensitive, Vaulted } from '../sensitive.ts';
import type { Value } from './model.ts';
import { pythonText } from './python-text.ts';

/** Says whether the text of a whole file is encrypted. */
export function isVaultText(text: string): boolean {
  return text.startsWith('$ANSIBLE_VAULT;');
}

/**
 * A value of a wholly encrypted file: every text, number and boolean in it is secret. The shape stays, and with it the keys of
 * mappings, which are names.
 */
export function asSecret(value: Value): Value {
  if (value === null || value instanceof Sensitive) return value;
  if (Array.isArray(value)) return value.map(asSecret);
  if (typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]): [string, Value] => [key, asSecret(inner)]),
    );
  return new Sensitive(pythonText(value));
}

/** Parses JSON as Ansible does: `{"__ansible_vault": …}` is an encrypted value. @throws SyntaxError where it is no JSON */
export function parseAnsibleJson(text: string, file: string): Value {
  return JSON.parse(text, (_key, value: Value) => {
    const ciphertext = ciphertextIn(value);
    return ciphertext === undefined ? value : new Vaulted(ciphertext, { file });
  });
}

function ciphertextIn(value: Value): string | undefined {
  if (typeof value !== 'object' || value === null || !('__ansible_vault' in value)) return undefined;
  const { __ansible_vault: ciphertext } = value;
  return typeof ciphertext === 'string' ? ciphertext : undefined;
}
