import path from 'node:path';
import { formatList } from '../../../src/inventory/list-output.ts';
import { matchHosts } from '../../../src/inventory/patterns.ts';
import { ProblemsError } from '../../../src/problem.ts';
import { loadInventory } from '../../../src/project/inventory.ts';
import { folderWith } from '../../project/inventory-folders.ts';
import { noVault } from '../../vault/vaults.ts';
import { askAnsible } from './ansible.ts';

/** One generated project: its files by name, and what `-i` names of them. */
export type Case = {
  readonly files: Readonly<Record<string, string>>;
  readonly sources: readonly string[];
};

/**
 * The cases that Ansible lists otherwise than we do, each as one line with both answers. Where Ansible fails to read a file we must have
 * problems, and nowhere else.
 *
 * @returns also how many of them Ansible read, as a test in which all fails shows nothing
 */
export async function compareWithAnsible(
  cases: readonly Case[],
): Promise<{ readonly different: readonly string[]; readonly read: number }> {
  const cwd = folderWith(
    Object.fromEntries(
      cases.flatMap(({ files }, index) =>
        Object.entries(files).map(([name, text]) => [`${index}/${name}`, text] as const),
      ),
    ),
  );
  const places = cases.map(({ sources }, index) => ({ cwd: path.join(cwd, String(index)), sources }));
  const answers = askAnsible(
    places.map((place) => ({ ...place, sources: place.sources.map((name) => path.join(place.cwd, name)) })),
  );
  const different: string[] = [];
  for (const [index, place] of places.entries()) {
    const theirs = answers[index];
    const ours = await listOf(place);
    const isSame =
      theirs !== undefined && 'list' in theirs
        ? 'list' in ours && canonical(ours.list) === canonical(theirs.list)
        : 'problems' in ours;
    if (!isSame) different.push(JSON.stringify({ ...cases[index], ours, theirs }));
  }
  return { different, read: answers.filter((answer) => 'list' in answer).length };
}

async function listOf({ cwd, sources }: { cwd: string; sources: readonly string[] }) {
  try {
    const inventory = await loadInventory({ sources, cwd, vault: noVault });
    const list: unknown = JSON.parse(formatList(inventory, matchHosts(inventory, 'all').hosts));
    return { list };
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return { problems: error.problems };
  }
}

/** As text, keys sorted; the order of lists counts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
