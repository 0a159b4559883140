import { expect, it } from 'vitest';
import { asSecret, isVaultText, parseAnsibleJson } from '../../src/inventory/vaulted.ts';
import { type Sensitive, Vaulted } from '../../src/sensitive.ts';

it('knows an encrypted file by its header', () => {
  expect(isVaultText('$ANSIBLE_VAULT;1.2;AES256;prod\n61')).toBe(true);
  expect(isVaultText('a: $ANSIBLE_VAULT;')).toBe(false);
});

it('takes {"__ansible_vault": …} in JSON for an encrypted value, however deep, and nothing else', () => {
  const value = parseAnsibleJson(
    '{"a": [{"__ansible_vault": "x"}], "b": {"__ansible_vault": 5}, "c": "y"}',
    'f',
  );
  expect(value).toMatchObject({ b: { __ansible_vault: 5 }, c: 'y' });
  const [encrypted] = (value as { readonly a: readonly unknown[] }).a;
  expect(encrypted).toBeInstanceOf(Vaulted);
  expect(encrypted).toMatchObject({ ciphertext: 'x', place: { file: 'f' } });
});

it('makes every scalar of a value secret, as the text that Ansible would make of it, and keeps its shape', () => {
  const value = asSecret({ a: ['x', 5, true, null], b: { c: 'd' } }) as {
    readonly a: readonly [Sensitive, Sensitive, Sensitive, null];
    readonly b: { readonly c: Sensitive };
  };
  const [text, number, flag, nothing] = value.a;
  expect([text, number, flag, value.b.c].map((one) => one.reveal())).toEqual(['x', '5', 'True', 'd']);
  expect(nothing).toBe(null);
  expect(JSON.stringify(value)).toBe('{"a":["[secret]","[secret]","[secret]",null],"b":{"c":"[secret]"}}');
});
