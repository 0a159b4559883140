import { isMap } from 'yaml';
import type { Value } from '../model.ts';
import { pythonText } from '../python-text.ts';
import { didYouMean } from '../suggestion.ts';
import type { YamlDocument, YamlEntry } from '../yaml-document.ts';
import { yamlValue } from '../yaml-value.ts';

/** An expression of a `constructed` file, and the line where it is written. */
export type Written = { readonly text: string; readonly line: number };

export type KeyedGroup = {
  readonly key: Written;
  readonly prefix: string;
  readonly separator: string;
  /** May hold a template. */
  readonly parentGroup: string | undefined;
  /** Stands in for an empty value. */
  readonly defaultValue: string | undefined;
  /** Whether a mapping's key keeps the separator where its value is empty. */
  readonly trailingSeparator: boolean;
};

/** What a file of the `constructed` plugin asks for. */
export type ConstructedOptions = {
  readonly compose: readonly (readonly [string, Written])[];
  readonly groups: readonly (readonly [string, Written])[];
  readonly keyedGroups: readonly KeyedGroup[];
  readonly strict: boolean;
  readonly leadingSeparator: boolean;
};

const OPTIONS = [
  'plugin',
  'strict',
  'compose',
  'groups',
  'keyed_groups',
  'leading_separator',
  'use_extra_vars',
  'use_vars_plugins',
];
const KEYS = ['key', 'prefix', 'separator', 'parent_group', 'default_value', 'trailing_separator'];

/** Reads the options of a `constructed` file; what is wrong with them is reported to the document. */
export function readOptions(entries: readonly YamlEntry[], document: YamlDocument): ConstructedOptions {
  const reader = new OptionsReader(document);
  reader.warnUnknown(entries, OPTIONS, 'the constructed file');
  const find = (name: string) => entries.find(({ key }) => key === name);
  for (const name of ['use_extra_vars', 'use_vars_plugins']) reader.refuse(find(name));
  return {
    compose: reader.expressions(find('compose')),
    groups: reader.expressions(find('groups')),
    keyedGroups: reader.keyedGroups(find('keyed_groups')),
    strict: reader.flag(find('strict'), false),
    leadingSeparator: reader.flag(find('leading_separator'), true),
  };
}

class OptionsReader {
  readonly #document: YamlDocument;

  constructor(document: YamlDocument) {
    this.#document = document;
  }

  warnUnknown(entries: readonly YamlEntry[], known: readonly string[], where: string): void {
    for (const { key, value } of entries.filter((entry) => !known.includes(entry.key))) {
      const remedy = `${didYouMean(key, known)}Keys are ${known.join(', ')}.`;
      this.#document.warn('unknown-key', value, `key "${key}" of ${where} is skipped`, remedy);
    }
  }

  /** What would let an expression see other variables than it sees here must not be passed over. */
  refuse(entry: YamlEntry | undefined): void {
    if (entry === undefined || !this.flag(entry, false)) return;
    const remedy =
      entry.key === 'use_vars_plugins'
        ? 'Write the variables that its expressions need into the inventory files before it, not into group_vars or host_vars.'
        : 'Write the variables that its expressions need into the inventory files before it.';
    this.#document.fail('constructed-option', entry.value, `${entry.key} is not supported`, remedy);
  }

  flag(entry: YamlEntry | undefined, fallback: boolean): boolean {
    const value = entry === undefined ? null : yamlValue(entry.value, this.#document);
    if (entry === undefined || value === null) return fallback;
    if (typeof value === 'boolean') return value;
    this.#fail(entry, 'must be true or false', 'Write true or false.');
    return fallback;
  }

  expressions(entry: YamlEntry | undefined): readonly (readonly [string, Written])[] {
    const node = entry === undefined ? null : this.#document.follow(entry.value);
    if (entry === undefined || (node !== null && !isMap(node) && yamlValue(node, this.#document) !== null)) {
      if (entry !== undefined)
        this.#fail(entry, 'must be a mapping of names to expressions', 'Write "name: expression" lines.');
      return [];
    }
    if (node === null || !isMap(node)) return [];
    return this.#document
      .entriesOf(node)
      .map(({ key, line, value }) => [key, { text: pythonText(yamlValue(value, this.#document)), line }]);
  }

  keyedGroups(entry: YamlEntry | undefined): readonly KeyedGroup[] {
    const node = entry === undefined ? null : this.#document.follow(entry.value);
    if (entry === undefined || node === null || yamlValue(node, this.#document) === null) return [];
    if (!('items' in node) || isMap(node)) {
      this.#fail(entry, 'must be a list', 'Write one "- key: expression" for each kind of group.');
      return [];
    }
    return (node.items as Parameters<YamlDocument['follow']>[0][]).flatMap((item) => {
      const map = this.#document.follow(item);
      if (map !== null && isMap(map)) return this.#keyedGroup(this.#document.entriesOf(map), map);
      this.#fail({ ...entry, value: item }, 'must hold mappings', 'Write "- key: expression".');
      return [];
    });
  }

  #keyedGroup(entries: readonly YamlEntry[], node: YamlEntry['value']): readonly KeyedGroup[] {
    this.warnUnknown(entries, KEYS, 'keyed_groups');
    const find = (name: string) => entries.find((entry) => entry.key === name);
    const key = find('key');
    const text = (name: string): string | undefined => {
      const entry = find(name);
      const value: Value = entry === undefined ? null : yamlValue(entry.value, this.#document);
      return value === null ? undefined : pythonText(value);
    };
    const trailing = find('trailing_separator');
    if (key === undefined) {
      this.#document.fail('constructed-option', node, 'a keyed group has no key', 'Write "key: expression".');
      return [];
    }
    if (trailing !== undefined && text('default_value') !== undefined)
      this.#fail(trailing, 'and default_value exclude each other', 'Keep one of the two.');
    return [
      {
        key: { text: pythonText(yamlValue(key.value, this.#document)), line: key.line },
        prefix: text('prefix') ?? '',
        separator: text('separator') ?? '_',
        parentGroup: text('parent_group'),
        defaultValue: text('default_value'),
        trailingSeparator: this.flag(trailing, true),
      },
    ];
  }

  #fail(entry: YamlEntry, message: string, remedy: string): void {
    this.#document.fail('constructed-option', entry.value, `${entry.key} ${message}`, remedy);
  }
}
