import type { InventoryDraft } from './draft.ts';
import { parseIniInventory } from './ini.ts';
import { parseYamlInventory } from './yaml-inventory.ts';

/**
 * Reads one inventory file into the draft. `.yml`, `.yaml` and `.json` are YAML; a name without an extension is YAML where its first
 * line can't be INI; all else is INI. Ansible tries one parser after the other and shows every failure; deciding first leaves
 * the one that matters.
 */
export function parseInventoryText(text: string, file: string, draft: InventoryDraft): void {
  const extension = /[^/]\.([^./]*)$/.exec(file)?.[1]?.toLowerCase();
  if (extension === 'toml') {
    draft.findings.fail(
      'inventory-format',
      { file },
      'TOML inventories are not supported',
      'Write it as INI or YAML.',
    );
  } else if (isYamlExtension(extension) || (extension === undefined && looksLikeYaml(text))) {
    parseYamlInventory(text, file, draft);
  } else {
    parseIniInventory(text, file, draft);
  }
}

function isYamlExtension(extension: string | undefined): boolean {
  return extension === 'yml' || extension === 'yaml' || extension === 'json';
}

/** A key with its colon, a document marker, a flow mapping: none of them can begin an INI inventory. */
function looksLikeYaml(text: string): boolean {
  const first = text.split(/\r\n|\r|\n/).find((line) => !/^\s*(?:[#;]|$)/.test(line)) ?? '';
  return /^(?:---|%YAML|\{|[^\s[\]=]+\s*:(?:\s|$)|(["']).+\1\s*:(?:\s|$))/.test(first.trim());
}
