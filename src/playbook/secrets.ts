import type { Value, Vars } from '../inventory/model.ts';
import { Sensitive } from '../sensitive.ts';
import { type Seen, Unusable } from './seen.ts';

/**
 * Variables as templates may see them: `ansible_password` and its kin are for logging in, and what comes out of a vault is for
 * nobody's eyes; both would be readable in a rule.
 */
export function withoutSecrets(vars: Vars): { readonly [name: string]: Seen } {
  const secrets = Object.entries(vars).filter(([name, value]) => PASSWORD.test(name) || !isPlain(value));
  if (secrets.length === 0) return vars as { readonly [name: string]: Seen };
  const hidden = secrets.map(([name, value]): [string, Seen] => [
    name,
    PASSWORD.test(name) ? password(name) : seen(value, name),
  ]);
  return { ...(vars as { readonly [name: string]: Seen }), ...Object.fromEntries(hidden) };
}

/** A secret is there, unlike what `default` stands in for. */
export function isSecret({ code }: Unusable): boolean {
  return code === 'secret-in-rule';
}

const PASSWORD = /^ansible_.*(pass|password|passphrase)$/;

/** Lists and mappings without a secret: hosts share those of their groups, and most have none. */
const plain = new WeakSet<object>();

function seen(value: Value, name: string): Seen {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Sensitive) return vaulted(name);
  if (isPlain(value)) return value as Seen;
  if (Array.isArray(value)) return value.map((item, index) => seen(item, `${name}[${index}]`));
  const entries = Object.entries(value).map(([key, inner]): [string, Seen] => [
    key,
    seen(inner, `${name}.${key}`),
  ]);
  return Object.fromEntries(entries);
}

function isPlain(value: Value): boolean {
  if (value === null || typeof value !== 'object') return true;
  if (value instanceof Sensitive) return false;
  if (plain.has(value)) return true;
  const answer = Object.values(value).every(isPlain);
  if (answer) plain.add(value);
  return answer;
}

function password(name: string): Unusable {
  return new Unusable(
    'secret-in-rule',
    `${name} is a password, and secrets are never rendered`,
    'Use a variable that is not secret.',
  );
}

function vaulted(name: string): Unusable {
  return new Unusable(
    'secret-in-rule',
    `${name} comes out of a vault, and secrets are never rendered`,
    'Rules, sets, sysctls and checks are readable on the gateway and in the journal: keep addresses and ports out of the vault.',
  );
}
