import type { Place } from './findings.ts';
import { isJinja } from './jinja/is-jinja.ts';
import type { Host, Value } from './model.ts';

/**
 * Where the templates of an inventory are written: they alone can be wrong later, when somebody uses them. Other variables have no place
 * noted, so that ten thousand hosts stay small.
 */
export class TemplatePlaces {
  readonly #places = new Map<string, { readonly value: Value; readonly place: Place }[]>();

  /** @param owner the host or group whose variable it is */
  note(owner: string, name: string, value: Value, place: Place): void {
    if (!isJinja(value)) return;
    const key = `${owner}\n${name}`;
    const known = this.#places.get(key);
    if (known === undefined) this.#places.set(key, [{ value, place }]);
    else known.push({ value, place });
  }

  /** Where a host's variable got its value: of the places of that name, the last one that wrote just this. */
  find(host: Pick<Host, 'name' | 'groups'>, name: string, value: Value): Place | undefined {
    for (const owner of [EXTRA_VARS, host.name, ...host.groups, 'all']) {
      const found = this.#places.get(`${owner}\n${name}`)?.findLast((noted) => noted.value === value);
      if (found !== undefined) return found.place;
    }
    return undefined;
  }
}

/** The owner of what `-e` sets: no host or group can have its name. */
export const EXTRA_VARS = '';
