import { Sensitive, Vaulted } from '../sensitive.ts';
import { isJinja } from './jinja/is-jinja.ts';
import type { Value } from './model.ts';
import { pythonText } from './python-text.ts';
import { SecretTemplate } from './secret-template.ts';
import { isUnsafeText } from './unsafe-text.ts';

/** Says whether the text of a whole file is encrypted. */
export function isVaultText(text: string): boolean {
  return text.startsWith('$ANSIBLE_VAULT;');
}

/**
 * A value of a wholly encrypted file: every text, number and boolean in it is secret, and a template stays one. The shape stays, and
 * with it the keys of mappings, which are names.
 */
export function asSecret(value: Value): Value {
  return guarded(value, (text) => (isJinja(text) ? new SecretTemplate(text) : new Sensitive(text)));
}

/** What a secret template came to: secret as well, and no template any more, whatever it looks like. */
export function asSecretResult(value: Value): Value {
  return guarded(value, (text) => new Sensitive(text));
}

function guarded(value: Value, guard: (text: string) => Sensitive): Value {
  if (value === null || value instanceof Sensitive) return value;
  if (typeof value === 'string') return guard(value);
  if (typeof value !== 'object') return new Sensitive(pythonText(value));
  if (isUnsafeText(value)) return new Sensitive(value.__ansible_unsafe);
  if (Array.isArray(value)) return value.map((item: Value) => guarded(item, guard));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]): [string, Value] => [key, guarded(inner, guard)]),
  );
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
