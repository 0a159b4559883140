import { isMap, isScalar, type Node } from 'yaml';
import { applyConstructed, isConstructed } from './constructed/constructed.ts';
import type { InventoryDraft } from './draft.ts';
import { parseHostEntry } from './host-entry.ts';
import type { Value } from './model.ts';
import { didYouMean } from './suggestion.ts';
import { YamlDocument, type YamlEntry } from './yaml-document.ts';
import { yamlValue } from './yaml-value.ts';

/** Reads a YAML (or JSON) inventory of the shape `group: {hosts, vars, children}` into the draft. */
export function parseYamlInventory(text: string, file: string, draft: InventoryDraft): void {
  const document = new YamlDocument(text, file, draft.findings);
  if (document.isBroken) return;
  const root = document.follow(document.root);
  if (!isMap(root)) {
    const message = root === null ? 'the inventory is empty' : 'the inventory must be a mapping of groups';
    document.fail('yaml-inventory', root, message, 'Begin with "all:" and "hosts:" or "children:" below it.');
    return;
  }
  const entries = document.entriesOf(root);
  const plugin = entries.find(({ key }) => key === 'plugin');
  if (plugin !== undefined) {
    readPlugin(yamlValue(plugin.value, document), entries, document, draft);
    return;
  }
  const reader = new GroupReader(document, draft);
  for (const entry of entries) reader.readGroup(entry, []);
}

/** Ansible looks for plugins in `.yml` and `.yaml` files alone. */
function readPlugin(
  plugin: Value,
  entries: readonly YamlEntry[],
  document: YamlDocument,
  draft: InventoryDraft,
): void {
  const isPluginFile = /\.ya?ml$/i.test(document.file);
  if (isConstructed(plugin) && isPluginFile) {
    applyConstructed(entries, document, draft);
    return;
  }
  const remedy = isConstructed(plugin)
    ? 'Give the file a name that ends in .yml, as Ansible wants it.'
    : 'Put an executable script in its place that runs ansible-inventory -i FILE --list for it.';
  const message = `inventory plugin ${JSON.stringify(plugin)} is not supported${isPluginFile ? '' : ' in a file of this name'}`;
  document.fail('inventory-plugin', document.root, message, remedy);
}

const SECTIONS = ['hosts', 'children', 'vars'];

class GroupReader {
  readonly #document: YamlDocument;
  readonly #draft: InventoryDraft;

  constructor(document: YamlDocument, draft: InventoryDraft) {
    this.#document = document;
    this.#draft = draft;
  }

  readGroup({ key: group, value }: YamlEntry, open: readonly Node[]): void {
    const document = this.#document;
    const node = document.follow(value);
    if (node !== null && !isNothing(node) && !isMap(node)) {
      document.warn(
        'yaml-group',
        node,
        `"${group}" is skipped: it is no group`,
        'A group is a mapping of hosts, children and vars.',
      );
      return;
    }
    this.#draft.addGroup(group);
    if (node === null || !isMap(node)) return;
    if (open.includes(node)) {
      document.fail(
        'group-cycle',
        value,
        `group "${group}" contains itself through an alias`,
        'Write the group out.',
      );
      return;
    }
    for (const section of document.entriesOf(node)) this.#readSection(group, section, [...open, node]);
  }

  #readSection(group: string, section: YamlEntry, open: readonly Node[]): void {
    const entries = this.#sectionEntries(group, section);
    if (section.key === 'vars') {
      for (const { key, line, value } of entries)
        this.#draft.setVariable(group, key, yamlValue(value, this.#document), this.#place(line));
    } else if (section.key === 'children') {
      for (const child of entries) {
        this.readGroup(child, open);
        if (this.#draft.groups.has(child.key))
          this.#draft.addChild(group, child.key, this.#place(child.line));
      }
    } else if (section.key === 'hosts') {
      for (const host of entries) this.#readHost(group, host);
    }
  }

  /** The entries of a section; a lone string stands for one entry without a value. */
  #sectionEntries(group: string, { key, line, value }: YamlEntry): readonly YamlEntry[] {
    const document = this.#document;
    const node = document.follow(value);
    if (!SECTIONS.includes(key)) {
      const remedy = `${didYouMean(key, SECTIONS)}Groups hold hosts, children and vars.`;
      this.#draft.findings.warn(
        'unknown-key',
        this.#place(line),
        `key "${key}" of group "${group}" is skipped`,
        remedy,
      );
      return [];
    }
    if (node === null || isNothing(node)) return [];
    if (isMap(node)) return document.entriesOf(node);
    const text = yamlValue(node, document);
    if (typeof text === 'string')
      return [{ key: text, isText: true, line: document.lineOf(node), value: null }];
    document.fail(
      'yaml-section',
      node,
      `"${key}" of group "${group}" must be a mapping`,
      `Write one "name:" a line below "${key}:", without dashes.`,
    );
    return [];
  }

  #readHost(group: string, { key, isText, line, value }: YamlEntry): void {
    const place = this.#place(line);
    const entry = isText ? parseHostEntry(key) : { error: `host "${key}" is no text` };
    if ('error' in entry) {
      this.#draft.findings.fail(
        'yaml-host',
        place,
        entry.error,
        'Write a host name, an address, or a range; quote numbers.',
      );
      return;
    }
    if (entry.names.length === 0) {
      this.#draft.findings.warn(
        'empty-range',
        place,
        `"${key}" stands for no host`,
        'Write the smaller end of the range first.',
      );
    }
    const vars = this.#hostVars(key, value);
    for (const name of entry.names) {
      this.#draft.addHost(name, group, place, entry.port);
      for (const [variable, variableLine, resolved] of vars)
        this.#draft.setVariable(name, variable, resolved, this.#place(variableLine));
    }
  }

  #hostVars(host: string, value: Node | null) {
    const document = this.#document;
    const node = document.follow(value);
    if (node === null || isNothing(node)) return [];
    if (isMap(node))
      return document
        .entriesOf(node)
        .map((entry) => [entry.key, entry.line, yamlValue(entry.value, document)] as const);
    document.fail(
      'yaml-host',
      node,
      `the variables of host "${host}" must be a mapping`,
      `Write "name: value" below "${host}:".`,
    );
    return [];
  }

  #place(line: number) {
    return { file: this.#document.file, line };
  }
}

/** Says whether a node is what YAML calls null: nothing after the colon, `~` or `null`. */
function isNothing(node: Node): boolean {
  return (
    isScalar(node) &&
    node.type === 'PLAIN' &&
    node.tag === undefined &&
    /^(?:|~|null|Null|NULL)$/.test(node.source ?? '')
  );
}
