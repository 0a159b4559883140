import { stat } from 'node:fs/promises';
import path from 'node:path';
import { ProblemsError } from '../problem.ts';
import type { Settings } from '../settings/settings.ts';
import { shownPath } from './inventory-place.ts';

export type SourcesRequest = {
  /** What `-i` named, possibly nothing. */
  readonly named: readonly string[];
  readonly settings: Pick<Settings, 'inventory'>;
  readonly cwd: string;
};

/**
 * Decides which inventory a command works on: what `-i` names, else what SLUICE_INVENTORY, ANSIBLE_INVENTORY or ansible.cfg
 * name (each may list several with commas, as in Ansible), else `./inventories`, else `./inventory`.
 * @throws ProblemsError where there is none
 */
export async function inventorySources({ named, settings, cwd }: SourcesRequest): Promise<readonly string[]> {
  if (named.length > 0) return named;
  const { value: set } = settings.inventory;
  if (set !== undefined) return set.map((source) => (source.endsWith(',') ? source : shownPath(source, cwd)));
  for (const name of ['inventories', 'inventory']) {
    const isThere = await stat(path.resolve(cwd, name)).then(
      () => true,
      () => false,
    );
    if (isThere) return [name];
  }
  const message =
    'there is no inventory: neither -i, nor SLUICE_INVENTORY, nor ansible.cfg, nor ./inventories, nor ./inventory';
  throw new ProblemsError([
    {
      code: 'inventory-missing',
      message,
      remedy: 'Name one with -i, or an inline list of hosts: -i "gw1,".',
    },
  ]);
}
