import type { Vars } from '../inventory/model.ts';
import { type Seen, Unusable } from './seen.ts';

/** Variables as templates may see them: `ansible_password` and its kin are for logging in, and would be readable in a rule. */
export function withoutPasswords(vars: Vars): { readonly [name: string]: Seen } {
  const names = Object.keys(vars).filter((name) => /^ansible_.*(pass|password|passphrase)$/.test(name));
  if (names.length === 0) return vars;
  return { ...vars, ...Object.fromEntries(names.map((name) => [name, secret(name)])) };
}

function secret(name: string): Unusable {
  return new Unusable(
    'secret-in-rule',
    `${name} is a password, and secrets are never rendered`,
    'Use a variable that is not secret.',
  );
}
