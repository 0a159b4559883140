import { stat } from 'node:fs/promises';
import path from 'node:path';
import { ProblemsError } from '../problem.ts';

export type SourcesRequest = {
  /** What `-i` named, possibly nothing. */
  readonly named: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
};

/**
 * Decides which inventory a command works on: what `-i` names, else SLUICE_INVENTORY, else ANSIBLE_INVENTORY (both
 * may list several with commas, as in Ansible), else `./inventories`, else `./inventory`.
 * @throws ProblemsError where there is none
 */
export async function inventorySources({ named, env, cwd }: SourcesRequest): Promise<readonly string[]> {
  if (named.length > 0) return named;
  const fromEnvironment = [env.SLUICE_INVENTORY, env.ANSIBLE_INVENTORY].find(
    (value) => value !== undefined && value !== '',
  );
  if (fromEnvironment !== undefined) return splitList(fromEnvironment);
  for (const name of ['inventories', 'inventory']) {
    const isThere = await stat(path.resolve(cwd, name)).then(
      () => true,
      () => false,
    );
    if (isThere) return [name];
  }
  const message =
    'there is no inventory: neither -i, nor SLUICE_INVENTORY, nor ./inventories, nor ./inventory';
  throw new ProblemsError([
    {
      code: 'inventory-missing',
      message,
      remedy: 'Name one with -i, or an inline list of hosts: -i "gw1,".',
    },
  ]);
}

/** A trailing comma marks an inline list of hosts, which stays whole. */
function splitList(text: string): readonly string[] {
  if (text.endsWith(',')) return [text];
  return text
    .split(',')
    .map((source) => source.trim())
    .filter((source) => source !== '');
}
