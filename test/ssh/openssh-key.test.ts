import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readKeyHead } from '../../src/ssh/openssh-key.ts';

test('the public key of an encrypted private key file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-key-'));
  const path = join(folder, 'key');
  try {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'secret phrase', '-f', path]);
    const text = readFileSync(path, 'latin1');
    const [, base64] = readFileSync(`${path}.pub`, 'utf8').split(' ');
    expect(readKeyHead(text)?.publicKey.toString('base64')).toBe(base64);
    expect(readKeyHead(text)?.cipher).toBe('aes256-ctr');
    const body = text.split('\n').slice(1, 3).join('\n');
    expect(readKeyHead(text.replace(body, body.slice(0, 60)))).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each(['', 'no key', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n'])(
  'is not found in %j',
  (text) => {
    expect(readKeyHead(text)).toBeUndefined();
  },
);
