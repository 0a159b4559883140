import path from 'node:path';
import { InventoryDraft } from '../inventory/draft.ts';
import { Findings } from '../inventory/findings.ts';
import type { Vars } from '../inventory/model.ts';
import { type ResolvedInventory, resolveInventory, settleGroups } from '../inventory/resolve.ts';
import type { VarsFolder } from '../inventory/vars-layers.ts';
import { type Problem, ProblemsError } from '../problem.ts';
import type { Settings } from '../settings/settings.ts';
import type { Vault } from '../vault/vault.ts';
import { ignoredNames } from './inventory-ignored.ts';
import { readSource } from './inventory-read.ts';
import { readVarsFolder } from './inventory-vars.ts';

export type InventoryRequest = {
  /** As `-i` takes them: files, directories, executable scripts, inline lists `h1,h2,`; later ones win. */
  readonly sources: readonly string[];
  /** The folder of the playbook, whose `group_vars` and `host_vars` count too. */
  readonly playbookFolder?: string;
  /** From `-e`: these win over everything. */
  readonly extraVars?: Vars;
  /** Opens what is encrypted as a whole. */
  readonly vault: Vault;
  /** What relative paths are relative to. */
  readonly cwd: string;
  /** Which files of a directory are no inventories. */
  readonly settings?: Pick<Settings, 'inventoryIgnoreExtensions' | 'inventoryIgnorePatterns'>;
};

/** Where `group_vars` and `host_vars` are looked for by a command that has no playbook: as for Ansible's ad-hoc commands. */
export function withoutPlaybook({ playbookDir }: Pick<Settings, 'playbookDir'>): string {
  return playbookDir.value ?? '.';
}

/** An inventory as it was loaded, with what is doubtful in it but does not stop a run. */
export type LoadedInventory = ResolvedInventory & {
  readonly warnings: readonly Problem[];
  /** Absolute paths of what it was read from: inventories, scripts, `group_vars` and `host_vars`. */
  readonly files: readonly string[];
};

/**
 * Reads an inventory with all variables that belong to it. Runs executable sources with `--list`.
 * @throws ProblemsError with everything that is wrong in any of its files
 */
export async function loadInventory({
  sources,
  playbookFolder,
  extraVars = {},
  vault,
  cwd,
  settings,
}: InventoryRequest): Promise<LoadedInventory> {
  const findings = new Findings();
  const draft = new InventoryDraft(findings, cwd);
  const folders = new Set<string>();
  const ignored = ignoredNames(settings);
  // One after the other: what a source means depends on those before it.
  for (const source of sources) {
    const folder = await readSource(source, { cwd, draft, vault, ignored });
    if (folder === undefined) continue;
    // A folder that comes again moves to the end, because there it wins.
    folders.delete(folder);
    folders.add(folder);
  }
  settleGroups(draft);
  const playbookFolders = playbookFolder === undefined ? [] : [path.resolve(cwd, playbookFolder)];
  const vars = new Map<string, VarsFolder>();
  for (const folder of new Set([...folders, ...playbookFolders]))
    vars.set(folder, await readVarsFolder(folder, draft, cwd, vault));
  if (findings.problems.length > 0) throw new ProblemsError(findings.problems);
  const varsOf = (names: Iterable<string>) => [...names].flatMap((folder) => vars.get(folder) ?? []);
  const layers = { besideInventory: varsOf(folders), besidePlaybook: varsOf(playbookFolders), extraVars };
  const resolved = resolveInventory(draft, layers, ...playbookFolders);
  return { ...resolved, warnings: findings.warnings, files: [...draft.files] };
}
