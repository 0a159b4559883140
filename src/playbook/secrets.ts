import type { Resolved } from '../inventory/model.ts';
import { isPasswordName } from '../inventory/secret-names.ts';
import { Unusable } from '../unusable.ts';

/**
 * Variables as templates may see them: `ansible_password` and its kin are for logging in, and would be readable in a rule.
 *
 * @param vars is changed; names in `spared` stay as they are
 */
export function hidePasswords<Named extends Record<string, Resolved>>(
  vars: Named,
  spared: object = {},
): Named {
  for (const name of Object.keys(vars)) {
    if (isPasswordName(name) && !Object.hasOwn(spared, name)) define(vars, name, secret(name));
  }
  return vars;
}

/** Sets a name whatever stands there: a variable that is resolved when it is read can't be assigned to. */
export function define(vars: Record<string, Resolved>, name: string, value: Resolved): void {
  Object.defineProperty(vars, name, { value, enumerable: true, configurable: true, writable: true });
}

function secret(name: string): Unusable {
  return new Unusable(
    'secret-in-rule',
    `${name} is a password, and secrets are never rendered`,
    'Use a variable that is not secret.',
  );
}
