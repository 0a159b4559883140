import { homedir } from 'node:os';
import path from 'node:path';
import { Sensitive } from '../../sensitive.ts';
import {
  createVault,
  type IdRules,
  type Vault,
  type VaultPassword,
  type VaultPasswords,
} from '../../vault/vault.ts';
import { askOnTerminal, hasTerminal } from './ask.ts';
import { readSecretFile, type SecretFile } from './secret-file.ts';
import type { VaultSource, VaultSources } from './vault-sources.ts';

/** A vault that reads, runs and asks its sources once, when the first encrypted text is met. */
export function openVault(sources: VaultSources, rules: IdRules): Vault {
  return createVault(() => readVaultPasswords(sources), rules);
}

/** One after the other, as some may ask. A source that gives nothing is told only where no other password fits, as in Ansible. */
async function readVaultPasswords(sources: VaultSources): Promise<VaultPasswords> {
  const passwords: VaultPassword[] = [];
  const failures: string[] = [];
  for (const source of sources) {
    const read = source.kind === 'prompt' ? await ask(source) : await readFrom(source);
    if (typeof read === 'string') failures.push(read);
    else passwords.push({ id: source.id, password: read });
  }
  return { passwords, failures };
}

type Prompt = Extract<VaultSource, { kind: 'prompt' }>;
type File = Extract<VaultSource, { kind: 'file' }>;

/** The password, or why there is none. */
async function ask({ id, namesId }: Prompt): Promise<Sensitive | string> {
  if (!hasTerminal())
    return `The vault password${of(id)} would be asked for on a terminal, and there is none.`;
  const typed = await askOnTerminal(namesId ? `Vault password (${id}): ` : 'Vault password: ');
  return typed === ''
    ? `The vault password${of(id)} that was typed is empty.`
    : passwordOf(Buffer.from(typed));
}

async function readFrom({ id, file }: File): Promise<Sensitive | string> {
  const whole = file.replace(/^~(?=\/|$)/, homedir());
  const isClient = path.parse(whole).name.endsWith('-client');
  const secret = await readSecretFile(whole, isClient ? ['--vault-id', id] : []);
  const from = `The vault password${of(id)} from ${file}`;
  if (secret.kind === 'failed') return `${from} can't be read: ${secret.why}.`;
  const password = strip(secret);
  if (password.length === 0) return `${from} is empty.`;
  if (password.toString('latin1').startsWith('$ANSIBLE_VAULT;')) return `${from} is encrypted itself.`;
  return passwordOf(password);
}

/** Ansible strips all blanks around what stands in a file, but only line ends around what a program prints. */
function strip(secret: Exclude<SecretFile, { kind: 'failed' }>): Buffer {
  const around = secret.kind === 'file' ? /^[ \t\n\r\v\f]+|[ \t\n\r\v\f]+$/g : /^[\r\n]+|[\r\n]+$/g;
  return Buffer.from(secret.content.toString('latin1').replace(around, ''), 'latin1');
}

/** As the vault room takes it: bytes, which need not be text. */
function passwordOf(bytes: Buffer): Sensitive {
  return new Sensitive(bytes.toString('latin1'));
}

function of(id: string): string {
  return id === 'default' ? '' : ` of id ${JSON.stringify(id)}`;
}
