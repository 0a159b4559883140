import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Sensitive } from '../../src/sensitive.ts';
import { createDialer } from '../../src/ssh/dialer.ts';
import { localDisk } from '../../src/ssh/disk.ts';
import { type KeyFile, loadKeyFile } from '../../src/ssh/key-file.ts';
import { hasSshd, type Sshd, startSshd } from './sshd.ts';

const PASSPHRASE = 'pass "phrase" $1 é';
const { uid } = userInfo();
let folder: string;
const path = (name: string) => join(folder, name);
const load = (name: string) => loadKeyFile(path(name), localDisk, uid);

/** One round of the key derivation: the time it takes is not what is tested. */
function keygen(name: string, ...args: string[]): void {
  execFileSync('ssh-keygen', ['-q', '-a', '1', '-f', path(name), ...args], { stdio: 'ignore' });
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore' });
}

/** Every form of private key that ssh-keygen writes and ssh2 or OpenSSL can read. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  'ed25519, aes256-ctr': ['-t', 'ed25519'],
  'ed25519, aes128-cbc': ['-t', 'ed25519', '-Z', 'aes128-cbc'],
  'ed25519, aes256-gcm': ['-t', 'ed25519', '-Z', 'aes256-gcm@openssh.com'],
  'ed25519, 3des-cbc': ['-t', 'ed25519', '-Z', '3des-cbc'],
  'ecdsa 256': ['-t', 'ecdsa'],
  'ecdsa 384': ['-t', 'ecdsa', '-b', '384'],
  'ecdsa 521': ['-t', 'ecdsa', '-b', '521'],
  rsa: ['-t', 'rsa', '-b', '2048'],
  'rsa, PEM': ['-t', 'rsa', '-b', '2048', '-m', 'PEM'],
  'ecdsa, PEM': ['-t', 'ecdsa', '-m', 'PEM'],
  'rsa, PKCS#8': ['-t', 'rsa', '-b', '2048', '-m', 'PKCS8'],
  'ecdsa, PKCS#8': ['-t', 'ecdsa', '-b', '384', '-m', 'PKCS8'],
};
const forms = Object.entries(FORMS);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-key-file-'));
  for (const [form, args] of forms) keygen(form, ...args, '-N', PASSPHRASE);
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each(forms)('%s is opened by its passphrase alone', async (form) => {
  const file = await load(form);
  if (file.kind !== 'locked') throw new Error(JSON.stringify(file));
  const [, published] = readFileSync(path(`${form}.pub`), 'utf8').split(' ');
  expect(file.publicKey?.toString('base64')).toBe(published);
  expect(file.unlock(new Sensitive('pass phrase'))).toBeUndefined();
  const key = file.unlock(new Sensitive(PASSPHRASE));
  expect(key).toMatchObject({ kind: 'private', publicKey: file.publicKey });
});

test.each(forms)('%s signs, as the public key says', async (form) => {
  const file = await load(form);
  const key = file.kind === 'locked' ? file.unlock(new Sensitive(PASSPHRASE)) : undefined;
  if (key?.kind !== 'private') throw new Error('not opened');
  const ssh2Key = ssh2.utils.parseKey(readFileSync(path(`${form}.pub`)));
  if (ssh2Key instanceof Error) throw ssh2Key;
  for (const algorithm of form.startsWith('rsa') ? ['sha1', 'sha256', 'sha512', undefined] : [undefined]) {
    const signature = key.key.sign(Buffer.from('text'), algorithm);
    expect(ssh2Key.verify('text', signature, algorithm)).toBe(true);
    expect(ssh2Key.verify('other', signature, algorithm)).toBe(false);
  }
  expect(key.key.sign(Buffer.from('text'), 'no-such-hash')).toBeInstanceOf(Error);
});

test.each(['PEM', 'PKCS8'])('without its .pub, an encrypted %s file tells no public key', async (format) => {
  keygen(`alone ${format}`, '-t', 'rsa', '-b', '2048', '-m', format, '-N', PASSPHRASE);
  rmSync(path(`alone ${format}.pub`));
  expect(await load(`alone ${format}`)).toEqual({
    kind: 'locked',
    path: path(`alone ${format}`),
    unlock: expect.any(Function),
  });
});

test('PKCS#8 without a passphrase is a key like any other', async () => {
  keygen('plain pkcs8', '-t', 'rsa', '-b', '2048', '-m', 'PKCS8', '-N', '');
  expect(await load('plain pkcs8')).toMatchObject({ kind: 'private' });
});

describe('what cannot be used says why', () => {
  const noteOf = (file: KeyFile) => ('note' in file ? file.note.replace(`${folder}/`, '') : file.kind);

  test('a cipher that ssh2 has not for files', async () => {
    keygen('chacha', '-t', 'ed25519', '-Z', 'chacha20-poly1305@openssh.com', '-N', PASSPHRASE);
    const file = await load('chacha');
    expect(file.kind).toBe('public');
    expect(noteOf(file)).toBe(
      `chacha: is encrypted with chacha20-poly1305@openssh.com, which is not supported: ssh-keygen -p -Z aes256-ctr -f ${path('chacha')}; or add it to an agent`,
    );
    execFileSync(
      'ssh-keygen',
      ['-p', '-Z', 'aes256-ctr', '-P', PASSPHRASE, '-N', PASSPHRASE, '-a', '1', '-f', path('chacha')],
      { stdio: 'ignore' },
    );
    expect(await load('chacha')).toMatchObject({ kind: 'locked' });
  });

  test('Ed25519 in PKCS#8', async () => {
    openssl('genpkey', '-algorithm', 'ed25519', '-out', path('ed25519.pem'));
    expect(noteOf(await load('ed25519.pem'))).toMatch(/holds a ed25519 key in PKCS#8/);
  });

  test('DSA, security keys, certificates', async () => {
    openssl('dsaparam', '-genkey', '-out', path('dsa.pem'), '1024');
    openssl('pkcs8', '-topk8', '-nocrypt', '-in', path('dsa.pem'), '-out', path('dsa.p8'));
    expect(noteOf(await load('dsa.p8'))).toMatch(/holds a dsa key/);
    writeFileSync(path('sk.pub'), 'sk-ssh-ed25519@openssh.com AAAAGnNr comment\n');
    expect(noteOf(await load('sk.pub'))).toBe('sk.pub: sk-ssh-ed25519@openssh.com keys are not supported');
    writeFileSync(path('sk'), privateKeyOfType('sk-ssh-ed25519@openssh.com'), { mode: 0o600 });
    expect(noteOf(await load('sk'))).toBe('sk: sk-ssh-ed25519@openssh.com keys are not supported');
    keygen('signed', '-t', 'ed25519', '-N', '');
    execFileSync('ssh-keygen', ['-q', '-s', path('signed'), '-I', 'me', '-n', 'me', path('signed.pub')]);
    expect(noteOf(await load('signed-cert.pub'))).toMatch(/is a certificate/);
  });

  test('a private key that others may read, as ssh does', async () => {
    keygen('open', '-t', 'ed25519', '-N', '');
    chmodSync(path('open'), 0o640);
    const file = await load('open');
    expect(file.kind).toBe('public');
    expect(noteOf(file)).toBe(
      `open: others may read it (its mode is 0640), and so it is not used, as by ssh: chmod 600 ${path('open')}`,
    );
    // Somebody else's file is their business.
    expect(await loadKeyFile(path('open'), localDisk, uid + 1)).toMatchObject({ kind: 'private' });
    chmodSync(path('open'), 0o600);
    expect(await load('open')).toMatchObject({ kind: 'private' });
  });
});

describe.skipIf(!hasSshd)('at a real sshd', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
    sshd.write('authorized_keys', forms.map(([form]) => readFileSync(path(`${form}.pub`), 'utf8')).join(''));
  });
  afterAll(() => sshd.stop());

  test.each(forms)('%s logs in, once its passphrase was asked for', async (form) => {
    const dialer = createDialer({ home: sshd.path('no home'), uid });
    const target = sshd.target({ keyFiles: [path(form)] });
    const asked: string[] = [];
    const answers = ['wrong', PASSPHRASE];
    const ask = async (prompt: string) => {
      asked.push(prompt);
      return new Sensitive(answers.shift() ?? '');
    };
    await dialer.unlockKeys([target, { ...target, host: 'gw2' }], ask);
    const prompt = `Enter passphrase for key '${path(form)}': `;
    expect(asked).toEqual([prompt, prompt]);
    const dialled = await dialer.dial(target);
    if (dialled.kind === 'unreachable') throw new Error(JSON.stringify(dialled.problem, null, 2));
    dialled.remote.close();
  });
});

/** A file in OpenSSH's format that holds the head of a key and nothing else. */
function privateKeyOfType(type: string): string {
  const string = (content: Buffer | string) => {
    const bytes = Buffer.from(content);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const blob = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...['none', 'none', ''].map(string),
    Buffer.from([0, 0, 0, 1]),
    string(string(type)),
    string(''),
  ]);
  const body = blob.toString('base64').replace(/.{70}/g, '$&\n');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`;
}
