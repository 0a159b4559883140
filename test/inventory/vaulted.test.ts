import { expect, it } from 'vitest';
import { isVaulted, isVaultText, vaulted } from '../../src/inventory/vaulted.ts';

it('shows an encrypted value as stars, and keeps its ciphertext in JSON as Ansible does', () => {
  const value = vaulted('$ANSIBLE_VAULT;1.1;AES256\n6162');
  expect(`${value}`).toBe('*****');
  expect(JSON.stringify(value)).toBe('{"__ansible_vault":"$ANSIBLE_VAULT;1.1;AES256\\n6162"}');
  expect(isVaulted(value)).toBe(true);
});

it('knows an encrypted value that came through JSON', () => {
  expect(isVaulted(JSON.parse('{"__ansible_vault": "x"}'))).toBe(true);
});

it.each([undefined, null, 'text', 5, [], {}, { a: 1 }])('takes %j for no encrypted value', (value) => {
  expect(isVaulted(value)).toBe(false);
});

it('knows an encrypted file by its header', () => {
  expect(isVaultText('$ANSIBLE_VAULT;1.2;AES256;prod\n61')).toBe(true);
  expect(isVaultText('a: $ANSIBLE_VAULT;')).toBe(false);
});
