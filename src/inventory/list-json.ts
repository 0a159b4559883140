import type { InventoryDraft } from './draft.ts';
import { isVars } from './merge-vars.ts';
import type { Value, Vars } from './model.ts';
import { parseAnsibleJson } from './vaulted.ts';

/**
 * Reads what an inventory script prints for `--list`.
 * Answers the hosts whose variables must be asked for one by one with `--host`: none where the output has `_meta.hostvars`.
 */
export function parseListJson(text: string, file: string, draft: InventoryDraft): readonly string[] {
  const root = parseObject(text, file, draft);
  if (root === undefined) return [];
  const reader = new ListReader(file, draft);
  for (const [name, group] of Object.entries(root)) if (name !== '_meta') reader.readGroup(name, group);
  const hostVars = isVars(root._meta) ? root._meta.hostvars : undefined;
  if (!isVars(hostVars)) return [...reader.hosts];
  for (const host of reader.hosts) {
    const vars = hostVars[host] ?? {};
    if (isVars(vars)) setHostVars(host, vars, file, draft);
    else
      draft.findings.fail(
        'script-output',
        { file },
        `_meta.hostvars of "${host}" is no object`,
        'Print an object of variables.',
      );
  }
  return [];
}

/** Reads what an inventory script prints for `--host NAME`. */
export function parseHostJson(text: string, file: string, host: string, draft: InventoryDraft): void {
  const vars = text.trim() === '' ? {} : parseObject(text, file, draft);
  if (vars !== undefined) setHostVars(host, vars, file, draft);
}

class ListReader {
  readonly hosts = new Set<string>();
  readonly #file: string;
  readonly #draft: InventoryDraft;

  constructor(file: string, draft: InventoryDraft) {
    this.#file = file;
    this.#draft = draft;
  }

  /** A group is an object of hosts, vars and children, a plain list of hosts, or the variables of the one host it is named after. */
  readGroup(name: string, group: Value): void {
    this.#draft.addGroup(name);
    const isWritten = isVars(group) && ('hosts' in group || 'vars' in group || 'children' in group);
    const { hosts, vars, children } = isWritten
      ? group
      : isVars(group)
        ? { hosts: [name], vars: group }
        : { hosts: group };
    for (const host of this.#names(name, 'hosts', hosts)) {
      this.hosts.add(host);
      this.#draft.addHost(host, name, { file: this.#file });
    }
    if (isVars(vars))
      for (const [key, value] of Object.entries(vars))
        this.#draft.setVariable(name, key, value, { file: this.#file });
    else if (vars !== undefined) this.#refuse(name, 'vars', 'an object');
    for (const child of this.#names(name, 'children', children)) {
      this.#draft.addGroup(child);
      this.#draft.addChild(name, child, { file: this.#file });
    }
  }

  #names(group: string, key: string, value: Value | undefined): readonly string[] {
    if (value === undefined) return [];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    this.#refuse(group, key, 'a list of names');
    return [];
  }

  #refuse(group: string, key: string, expected: string): void {
    const message = `"${key}" of group "${group}" in the script's output must be ${expected}`;
    this.#draft.findings.fail(
      'script-output',
      { file: this.#file },
      message,
      'Correct the script; its --list output is at fault.',
    );
  }
}

function setHostVars(host: string, vars: Vars, file: string, draft: InventoryDraft): void {
  for (const [key, value] of Object.entries(vars)) draft.setVariable(host, key, value, { file });
}

function parseObject(text: string, file: string, draft: InventoryDraft): Vars | undefined {
  const remedy = 'The script must print one JSON object and nothing else on stdout.';
  try {
    const value = parseAnsibleJson(text, file);
    if (isVars(value)) return value;
    draft.findings.fail('script-output', { file }, 'the script printed JSON that is no object', remedy);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    draft.findings.fail('script-output', { file }, `the script printed no JSON: ${reason}`, remedy);
  }
  return undefined;
}
