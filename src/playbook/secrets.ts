import type { Resolved } from '../inventory/model.ts';
import { isPasswordName } from '../inventory/secret-names.ts';
import { Sensitive } from '../sensitive.ts';
import { Unusable } from '../unusable.ts';
import type { Seen } from './seen.ts';

/**
 * Variables as templates may see them: `ansible_password` and its kin are for logging in, and what comes out of a vault, or refers to
 * either, is for nobody's eyes; all of it would be readable in a rule. What is resolved when it is read stays so, and is hidden then.
 *
 * @param vars is changed
 */
export function hideSecrets(vars: Record<string, Resolved>, hide: Hide = secret): Record<string, Seen> {
  for (const name of Object.keys(vars)) {
    const { get, value } = Object.getOwnPropertyDescriptor(vars, name) ?? {};
    if (isPasswordName(name)) define(vars, name, { value: password(name), writable: true });
    else if (get !== undefined) define(vars, name, { get: () => visible(get(), name, hide) });
    else if (!isPlain(value)) define(vars, name, { value: visible(value, name, hide), writable: true });
  }
  return vars as Record<string, Seen>;
}

/** Sets a name whatever stands there: a variable that is resolved when it is read can't be assigned to. */
export function define(
  vars: Record<string, Resolved>,
  name: string,
  property: { readonly value: Resolved; readonly writable: true } | { readonly get: () => Resolved },
): void {
  Object.defineProperty(vars, name, { ...property, enumerable: true, configurable: true });
}

/** What stands in the place of a secret. */
export type Hide = (name: string, value: Sensitive) => Seen;

/** A value with what says why it can't be used in the place of every secret. */
export function visible(value: Resolved, name: string, hide: Hide = secret): Seen {
  if (isPlain(value)) return value as Seen;
  if (value instanceof Sensitive) return hide(name, value);
  if (Array.isArray(value))
    return value.map((item: Resolved, index) => visible(item, `${name}[${index}]`, hide));
  return Object.fromEntries(
    Object.entries(value as { readonly [key: string]: Resolved }).map(([key, inner]): [string, Seen] => [
      key,
      visible(inner, `${name}.${key}`, hide),
    ]),
  );
}

/** Lists and mappings without a secret: hosts share those of their groups, and most have none. */
const plain = new WeakSet<object>();

function isPlain(value: Resolved): boolean {
  if (value === null || typeof value !== 'object' || value instanceof Unusable) return true;
  if (value instanceof Sensitive) return false;
  if (plain.has(value)) return true;
  const answer = Object.values(value).every(isPlain);
  if (answer) plain.add(value);
  return answer;
}

/** A secret is there, unlike what `default` stands in for. */
function password(name: string): Unusable {
  return new Unusable(
    'secret-in-rule',
    `${name} is a password, and secrets are never rendered`,
    'Use a variable that is not secret.',
    false,
  );
}

function secret(name: string): Unusable {
  return new Unusable(
    'secret-in-rule',
    `${name} comes out of a vault or from a password, and secrets are never rendered`,
    'Rules, sets, sysctls and checks are readable on the gateway and in the journal: keep addresses and ports out of the vault. Only the headers of an http check may be secret.',
    false,
  );
}
