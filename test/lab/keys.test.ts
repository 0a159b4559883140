import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { formatKeyPair, type KeyPair, newKeyPair } from '../../src/lab/keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])('OpenSSH reads a key whose comment has %i characters', (length) => {
  const key = newKeyPair('x'.repeat(length));
  expect(readByOpenSsh(key)).toBe(key.publicKey);
});

test('OpenSSH reads a key whose public half begins with a zero byte', () => {
  // Found by trying; the header is that of every ed25519 key in PKCS 8 (RFC 8410).
  const der = Buffer.from(`302e020100300506032b657004220420${(36).toString(16).padStart(64, '0')}`, 'hex');
  const pair = formatKeyPair(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }), 'gw1');
  expect(Buffer.from(pair.publicKey.split(' ')[1] ?? '', 'base64').at(-32)).toBe(0);
  expect(readByOpenSsh(pair)).toBe(pair.publicKey);
});

function readByOpenSsh({ privateKey }: KeyPair): string {
  const file = join(folder, 'key');
  writeFileSync(file, privateKey, { mode: 0o600 });
  const [type, blob] = execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' }).trim().split(' ');
  return `${type} ${blob}`;
}
