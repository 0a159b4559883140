import { InventoryDraft } from '../../src/inventory/draft.ts';
import { parseInventoryText } from '../../src/inventory/format.ts';
import type { Value } from '../../src/inventory/model.ts';
import { type ResolvedInventory, resolveInventory, settleGroups } from '../../src/inventory/resolve.ts';
import type { VarsLayers } from '../../src/inventory/vars-layers.ts';

const NO_LAYERS: VarsLayers = { besideInventory: [], besidePlaybook: [], extraVars: {} };

/** Reads sources by file name, in order. */
export function draftOf(sources: Readonly<Record<string, string>>): InventoryDraft {
  const draft = new InventoryDraft();
  for (const [file, text] of Object.entries(sources)) parseInventoryText(text, file, draft);
  settleGroups(draft);
  return draft;
}

/** The inventory of INI text, or of sources by file name. */
export function inventoryOf(
  sources: string | Readonly<Record<string, string>>,
  layers: Partial<VarsLayers> = {},
): ResolvedInventory {
  const draft = draftOf(typeof sources === 'string' ? { hosts: sources } : sources);
  if (draft.findings.problems.length > 0) throw new Error(JSON.stringify(draft.findings.problems, null, 2));
  return resolveInventory(draft, { ...NO_LAYERS, ...layers });
}

/** One host's variable; undefined where it has none of that name. */
export function varOf(inventory: ResolvedInventory, host: string, name: string): Value | undefined {
  return inventory.hosts.get(host)?.vars[name];
}

/** `file:line code` of each problem, or of each warning. */
export function placesOf(draft: InventoryDraft, kind: 'problems' | 'warnings'): readonly string[] {
  return draft.findings[kind].map(({ file, line, code }) => `${file ?? ''}:${line ?? ''} ${code}`);
}
