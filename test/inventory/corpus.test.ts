import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatGraph } from '../../src/inventory/graph.ts';
import { formatHost, formatList } from '../../src/inventory/list-output.ts';
import { matchHosts } from '../../src/inventory/patterns.ts';
import { loadInventory } from '../../src/project/inventory.ts';
import { folderWith } from '../project/inventory-folders.ts';
import { noVault } from '../vault/vaults.ts';

/** Real and made-up inventories with the answers of ansible-core 2.14; they lie outside the repository. */
const corpus = process.env.SLUICE_CORPUS ?? '';
const isThere = corpus !== '' && existsSync(path.join(corpus, 'inventories'));

/** Probes where sluice answers otherwise on purpose, and why. */
const OTHERWISE: Readonly<Record<string, { reason: string; list: (list: string) => string }>> = {
  'ini/types': {
    reason: 'an integer beyond 2^53 stays text, so that no digit changes',
    list: (list) => list.replace(/"big":\d+/, '"big":"12345678901234567890"'),
  },
};

/**
 * Ansible walks groups of one level as a set, so that the order of their hosts changes from run to run: here the hosts are compared
 * without it, and for a subscript only their number.
 */
const RANDOM_ORDER = ['openstack_kolla-ansible__ansible_inventory_multinode'];

/** Ansible goes on with an empty inventory; here it is an error. */
const MISSING = ['kubernetes-sigs_kubespray__extra_playbooks_inventory'];

type Probe = {
  readonly name: string;
  /** The inventory's file name; its text, unless it is a directory in `files`. */
  readonly inventory: string;
  readonly text: string | null;
  readonly files: Readonly<Record<string, string>>;
  readonly rc: number;
  readonly parsed: boolean;
  readonly list?: unknown;
  readonly graph?: string;
};

const probes = rowsOf<Probe>('oracle/inventory-probes.jsonl');
const cases = rowsOf<{ id: string; inventory: string }>('manifest-inventories.jsonl');

it.skipIf(!isThere)('finds the corpus (SLUICE_CORPUS names its folder)', () => {
  expect(probes.length).toBeGreaterThan(50);
  expect(cases.length).toBeGreaterThan(100);
  const names = new Set([...probes.map(({ name }) => name), ...cases.map(({ id }) => id)]);
  expect([...Object.keys(OTHERWISE), ...RANDOM_ORDER, ...MISSING].filter((name) => !names.has(name))).toEqual(
    [],
  );
});

describe.skipIf(!isThere)('probes', () => {
  it.each(probes)('$name', async ({ name, inventory: source, text, files, rc, parsed, list, graph }) => {
    const cwd = folderWith(text === null ? files : { ...files, [source]: text });
    const loading = loadInventory({ sources: [source], cwd, vault: noVault, playbookFolder: '.' });
    const otherwise = OTHERWISE[name];
    // What Ansible warns of and then reads as nothing is an error here.
    if (rc !== 0 || !parsed) {
      await expect(loading).rejects.toHaveProperty('problems');
      return;
    }
    const inventory = await loading;
    const { hosts } = matchHosts(inventory, 'all');
    const expected = otherwise === undefined ? list : JSON.parse(otherwise.list(JSON.stringify(list)));
    expect(JSON.parse(formatList(inventory, hosts))).toEqual(expected);
    expect(formatGraph(inventory, { top: 'all', hosts })).toBe(graph);
  });
});

describe.skipIf(!isThere)('real inventories', () => {
  it.each(cases)('$id', async ({ id, inventory: source }) => {
    const folder = path.join(corpus, 'inventories', id);
    const cwd = path.join(folder, existsSync(path.join(folder, 'src-novault')) ? 'src-novault' : 'src');
    const loading = loadInventory({ sources: [source], cwd, vault: noVault });
    if (MISSING.includes(id)) {
      await expect(loading).rejects.toMatchObject({ problems: [{ code: 'inventory-missing' }] });
      return;
    }
    const inventory = await loading;
    const oracle = (name: string) => readFileSync(path.join(folder, 'oracle', name), 'utf8').trim();
    const { hosts } = matchHosts(inventory, 'all');
    expect(formatList(inventory, hosts).trim()).toBe(oracle('list.json'));
    expect(formatGraph(inventory, { top: 'all', hosts }).trim()).toBe(oracle('graph.txt'));
    for (const name of readdirSync(path.join(folder, 'oracle')).filter((file) => file.startsWith('host-'))) {
      const { host, vars } = JSON.parse(oracle(name));
      const found = inventory.hosts.get(host);
      expect(found && JSON.parse(formatHost(found))).toEqual(vars);
    }
    const patterns: Readonly<Record<string, readonly string[]>> = JSON.parse(oracle('patterns.json'));
    for (const [pattern, expected] of Object.entries(patterns)) {
      const names = matchHosts(inventory, pattern).hosts.map(({ name }) => name);
      expect({ pattern, names: comparable(names) }).toEqual({ pattern, names: comparable(expected) });

      function comparable(list: readonly string[]) {
        if (!RANDOM_ORDER.includes(id)) return list;
        return pattern.includes('[') ? list.length : [...list].sort();
      }
    }
  });
});

/** One JSON value a line; none where the corpus is not at hand. */
function rowsOf<Row>(file: string): readonly Row[] {
  if (!isThere) return [];
  const lines = readFileSync(path.join(corpus, file), 'utf8').trim().split('\n');
  return lines.map((line): Row => JSON.parse(line));
}
