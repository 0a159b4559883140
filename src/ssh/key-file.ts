import { createPrivateKey } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';
import type { Sensitive } from '../sensitive.ts';
import { type Disk, errorCode } from './disk.ts';
import { fingerprintOf, typeOfKey } from './host-key.ts';
import { readKeyHead } from './openssh-key.ts';
import { quoteShellWord } from './shell-words.ts';
import { readyToSign } from './signing-key.ts';

/** What a private key file turned out to hold. */
export type KeyFile =
  | PrivateKey
  | LockedKey
  /** The public half alone, or a private one that isn't to be used: good for picking the agent's copy. */
  | { readonly kind: 'public'; readonly publicKey: Buffer; readonly note: string }
  | { readonly kind: 'unusable'; readonly note: string }
  | { readonly kind: 'missing'; readonly note: string };

export type PrivateKey = {
  readonly kind: 'private';
  /** The path and the fingerprint, for messages. */
  readonly label: string;
  readonly publicKey: Buffer;
  readonly key: ParsedKey;
};

/** A private key that is encrypted. */
export type LockedKey = {
  readonly kind: 'locked';
  readonly path: string;
  /** Where the file, or the `.pub` beside it, tells it. */
  readonly publicKey?: Buffer;
  /** Undefined when the passphrase is wrong. */
  unlock(passphrase: Sensitive): PrivateKey | { kind: 'unusable'; note: string } | undefined;
};

/**
 * Reads a key file. As ssh does, it takes no private key of one's own that others may read (authfile.c,
 * sshkey_perm_ok); `uid` is the operator's.
 */
export async function loadKeyFile(path: string, disk: Disk, uid: number | undefined): Promise<KeyFile> {
  let bytes: Buffer;
  try {
    bytes = await disk.readFile(path);
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOENT') return { kind: 'unusable', note: `${path}: cannot be read (${code})` };
    // The public half is enough to pick the agent's key.
    return (await publicHalf(path, disk)) ?? { kind: 'missing', note: `${path}: no such file` };
  }
  const text = bytes.toString('latin1').trim();
  const unusable = (why: string): KeyFile => ({ kind: 'unusable', note: `${path}: ${why}` });
  if (!text.includes('PRIVATE KEY-----') && !text.startsWith('PuTTY-')) return publicFile(path, text);

  const head = readKeyHead(text);
  const type = head === undefined ? undefined : typeOfKey(head.publicKey);
  const publicKey = head?.publicKey ?? (await publicHalf(path, disk))?.publicKey;
  if (type !== undefined && !isUsable(type)) return unusable(`${type} keys are not supported`);
  const openness = await tooOpen(path, disk, uid);
  if (openness !== undefined) {
    const note = `${path}: ${openness}`;
    return publicKey === undefined ? { kind: 'unusable', note } : { kind: 'public', publicKey, note };
  }
  const parsed = parsePrivateKey(bytes);
  if (parsed.kind === 'key') return privateKey(path, parsed.key);
  if (parsed.kind === 'unusable') return unusable(parsed.why);
  const undecipherable = head && undecipherableFault(head.cipher, path);
  if (undecipherable !== undefined) {
    const note = `${path}: ${undecipherable}`;
    return publicKey === undefined ? { kind: 'unusable', note } : { kind: 'public', publicKey, note };
  }
  return {
    kind: 'locked',
    path,
    ...(publicKey === undefined ? {} : { publicKey }),
    unlock(passphrase) {
      const opened = parsePrivateKey(bytes, passphrase);
      if (opened.kind === 'key') return privateKey(path, opened.key);
      return opened.kind === 'locked' ? undefined : { kind: 'unusable', note: `${path}: ${opened.why}` };
    },
  };
}

function privateKey(path: string, key: ParsedKey): PrivateKey {
  const publicKey = key.getPublicSSH();
  const label = `${path} (${key.type} ${fingerprintOf(publicKey)})`;
  return { kind: 'private', label, publicKey, key };
}

/** The `.pub` beside a private key that doesn't tell its public half itself. */
async function publicHalf(
  path: string,
  disk: Disk,
): Promise<Extract<KeyFile, { kind: 'public' }> | undefined> {
  if (path.endsWith('.pub')) return undefined;
  const text = await disk.readFile(`${path}.pub`).catch(() => undefined);
  const file = text && publicFile(`${path}.pub`, text.toString('latin1').trim());
  return file?.kind === 'public' ? file : undefined;
}

function publicFile(path: string, text: string): KeyFile {
  const [type = ''] = text.split(' ');
  if (/-cert-v0\d@openssh\.com$/.test(type))
    return {
      kind: 'unusable',
      note: `${path}: is a certificate, and logins with certificates are not supported`,
    };
  if (/^[a-z0-9-]+@openssh\.com$/.test(type))
    return { kind: 'unusable', note: `${path}: ${type} keys are not supported` };
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) return { kind: 'unusable', note: `${path}: ${key.message}` };
  const note = `${path}: is a public key, and the agent does not hold its private key`;
  return { kind: 'public', publicKey: key.getPublicSSH(), note };
}

/** sk-*, DSA and whatever comes next. */
function isUsable(type: string): boolean {
  return /^(ssh-rsa|ssh-ed25519|ecdsa-sha2-nistp(256|384|521))$/.test(type);
}

async function tooOpen(path: string, disk: Disk, uid: number | undefined): Promise<string | undefined> {
  const { uid: owner, mode } = await disk.inspect(path);
  if (owner !== uid || (mode & 0o077) === 0) return undefined;
  const shown = (mode & 0o777).toString(8).padStart(4, '0');
  return `others may read it (its mode is ${shown}), and so it is not used, as by ssh: chmod 600 ${quoteShellWord(path)}`;
}

/** ssh2 has chacha20-poly1305 for connections, but not for files. */
function undecipherableFault(cipher: string, path: string): string | undefined {
  if (/^(aes(128|192|256)-(ctr|cbc)|aes(128|256)-gcm@openssh\.com|3des-cbc)$/.test(cipher)) return undefined;
  return `is encrypted with ${cipher}, which is not supported: ssh-keygen -p -Z aes256-ctr -f ${quoteShellWord(path)}; or add it to an agent`;
}

type Parsed =
  | { readonly kind: 'key'; readonly key: ParsedKey }
  /** No passphrase was given, or the wrong one. */
  | { readonly kind: 'locked' }
  | { readonly kind: 'unusable'; readonly why: string };

function parsePrivateKey(bytes: Buffer, passphrase?: Sensitive): Parsed {
  const isPkcs8 = /-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(bytes.toString('latin1'));
  const plain = isPkcs8 ? fromPkcs8(bytes, passphrase) : { kind: 'file' as const, content: bytes };
  if (plain.kind !== 'file') return plain;
  // An empty passphrase is no passphrase to ssh2.
  const key = ssh2.utils.parseKey(plain.content, passphrase?.reveal());
  if (!(key instanceof Error)) return { kind: 'key', key: key.isPrivateKey() ? readyToSign(key) : key };
  // AES-GCM finds a wrong passphrase out by itself.
  const isLocked = /passphrase|unable to authenticate/i.test(key.message);
  return isLocked ? { kind: 'locked' } : { kind: 'unusable', why: key.message };
}

/** ssh2 reads what is in PKCS#8 only once OpenSSL has taken it out. */
function fromPkcs8(
  bytes: Buffer,
  passphrase: Sensitive | undefined,
): { kind: 'file'; content: string } | Exclude<Parsed, { kind: 'key' }> {
  try {
    const key = createPrivateKey({ key: bytes, ...(passphrase && { passphrase: passphrase.reveal() }) });
    switch (key.asymmetricKeyType) {
      case 'rsa':
        return { kind: 'file', content: key.export({ format: 'pem', type: 'pkcs1' }).toString() };
      case 'ec':
        return { kind: 'file', content: key.export({ format: 'pem', type: 'sec1' }).toString() };
      default: {
        const why = `holds a ${key.asymmetricKeyType} key in PKCS#8, which is not supported: keep it in OpenSSH's own format`;
        return { kind: 'unusable', why };
      }
    }
  } catch (error) {
    const code = errorCode(error);
    const isLocked = /BAD_DECRYPT|INTERRUPTED_OR_CANCELLED|MISSING_PASSPHRASE/.test(code);
    return isLocked ? { kind: 'locked' } : { kind: 'unusable', why: `cannot be read (${code})` };
  }
}
