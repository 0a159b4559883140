import { expect, test } from 'vitest';
import { parseEnvelope } from '../../src/vault/envelope.ts';
import { encrypt, seal } from './vaults.ts';

test('takes an encrypted text apart, with its id', () => {
  expect(parseEnvelope(encrypt('x', 'p'))).toMatchObject({ id: undefined, salt: Buffer.alloc(32, 7) });
  expect(parseEnvelope(encrypt('x', 'p', { id: 'prod' }))).toMatchObject({ id: 'prod' });
});

test('line ends and indentation do not matter', () => {
  const text = encrypt('x', 'p', { id: 'prod' });
  const odd = `\n${text.replaceAll('\n', '\r\n   ')}\n\n`;
  expect(parseEnvelope(odd)).toEqual(parseEnvelope(text));
});

test.each([
  ['$ANSIBLE_VAULT;1.0;AES\n6162', 'unknown-format', /format "1\.0"/],
  ['$ANSIBLE_VAULT;1.3;AES256\n6162', 'unknown-format', /format "1\.3"/],
  ['$ANSIBLE_VAULT;1.1;AES\n6162', 'unknown-format', /cipher "AES"/],
  ['$ANSIBLE_VAULT;1.1;ROT13\n6162', 'unknown-format', /cipher "ROT13"/],
  ['$ANSIBLE_VAULT;1.1;AES256\n', 'damaged', /hexadecimal/],
  ['$ANSIBLE_VAULT;1.1;AES256\n616', 'damaged', /hexadecimal/],
  ['$ANSIBLE_VAULT;1.1;AES256\nzz', 'damaged', /hexadecimal/],
  [seal('aa\nbb'), 'damaged', /missing/],
  [seal(`aa\n${'bb'.repeat(32)}\n`), 'damaged', /missing/],
  [seal(`aa\n${'bb'.repeat(31)}\ncc`), 'damaged', /missing/],
  [seal(`aa\n${'bb'.repeat(32)}\ncc\ndd`), 'damaged', /missing/],
])('%j is %s', (text, fault, reason) => {
  expect(parseEnvelope(text)).toEqual({ fault, reason: expect.stringMatching(reason) });
});
