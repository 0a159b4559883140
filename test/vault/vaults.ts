import { createCipheriv, createHmac, pbkdf2Sync } from 'node:crypto';
import { Sensitive } from '../../src/sensitive.ts';
import { createVault, type IdRules, type Vault } from '../../src/vault/vault.ts';

/** Ansible's defaults. */
export const IDS: IdRules = { identity: 'default', onlyMatching: false };

/** A vault with these passwords, by their ids. */
export function vaultWith(
  passwords: Readonly<Record<string, string>>,
  failures: readonly string[] = [],
): Vault {
  const list = Object.entries(passwords).map(([id, text]) => ({ id, password: passwordOf(text) }));
  return createVault(async () => ({ passwords: list, failures }), IDS);
}

/** Nobody gave a password. */
export const noVault = vaultWith({});

function passwordOf(text: string): Sensitive {
  return new Sensitive(Buffer.from(text).toString('latin1'));
}

/** Encrypts as ansible-vault does, for tests alone. */
export function encrypt(
  plain: string | Buffer,
  password: string,
  { id, salt = Buffer.alloc(32, 7) }: { readonly id?: string; readonly salt?: Buffer } = {},
): string {
  const derived = pbkdf2Sync(password, salt, 10_000, 80, 'sha256');
  const bytes = Buffer.from(plain as string);
  const padding = 16 - (bytes.length % 16);
  const padded = Buffer.concat([bytes, Buffer.alloc(padding, padding)]);
  const ciphertext = createCipheriv('aes-256-ctr', derived.subarray(0, 32), derived.subarray(64)).update(
    padded,
  );
  const mac = createHmac('sha256', derived.subarray(32, 64)).update(ciphertext).digest();
  const body = [salt, mac, ciphertext].map((part) => part.toString('hex')).join('\n');
  return seal(body, id);
}

/** The envelope around a body, whatever that is. */
export function seal(body: string, id?: string): string {
  const header = id === undefined ? '$ANSIBLE_VAULT;1.1;AES256' : `$ANSIBLE_VAULT;1.2;AES256;${id}`;
  const lines =
    Buffer.from(body)
      .toString('hex')
      .match(/.{1,80}/g) ?? [];
  return `${[header, ...lines].join('\n')}\n`;
}

/** The text as the value of a `!vault` key, `indent` spaces deep. */
export function inline(ciphertext: string, indent = 2): string {
  return `!vault |\n${ciphertext.trim().replace(/^/gm, ' '.repeat(indent))}`;
}
