import { type Document, isAlias, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { Findings } from './findings.ts';
import { resolvePlainScalar } from './yaml-scalar.ts';

/** One key of a mapping; `value` is null where nothing follows the colon. */
export type YamlEntry = {
  readonly key: string;
  readonly isText: boolean;
  readonly line: number;
  readonly value: Node | null;
};

/**
 * A YAML file as a tree that still knows its lines. Values are resolved later (see `yaml-value.ts`): the `yaml` package's own
 * schemas differ from PyYAML's in just the places where it hurts (`y`, `1e3`, `0o17`).
 */
export class YamlDocument {
  readonly file: string;
  readonly root: Node | null;
  readonly #document: Document;
  readonly #lines = new LineCounter();
  readonly #findings: Findings;

  constructor(text: string, file: string, findings: Findings) {
    this.file = file;
    this.#findings = findings;
    this.#document = parseDocument(text, {
      schema: 'failsafe',
      merge: false,
      uniqueKeys: false,
      lineCounter: this.#lines,
      logLevel: 'error',
    });
    const [error] = this.#document.errors;
    this.root = error === undefined ? (this.#document.contents as Node | null) : null;
    if (error !== undefined) {
      const message = error.message.replace(/ at line \d+, column \d+:[\s\S]*$/, '');
      const { line } = this.#lines.linePos(error.pos[0]);
      findings.fail(
        'yaml-syntax',
        { file, line },
        message,
        'Correct the YAML; quote values that start with a special character.',
      );
    }
  }

  get isBroken(): boolean {
    return this.#document.errors.length > 0;
  }

  lineOf(node: Node | null): number {
    return this.#lines.linePos(node?.range?.[0] ?? 0).line;
  }

  fail(code: string, node: Node | null, message: string, remedy: string): void {
    this.#findings.fail(code, { file: this.file, line: this.lineOf(node) }, message, remedy);
  }

  warn(code: string, node: Node | null, message: string, remedy: string): void {
    this.#findings.warn(code, { file: this.file, line: this.lineOf(node) }, message, remedy);
  }

  /** The node an alias stands for; any other node is itself. */
  follow(node: Node | null): Node | null {
    if (!isAlias(node)) return node;
    const target = node.resolve(this.#document);
    if (target === undefined)
      this.fail(
        'yaml-alias',
        node,
        `alias "*${node.source}" has no anchor`,
        `Define &${node.source} before it.`,
      );
    return target ?? null;
  }

  /**
   * The keys of a mapping with `<<` merged in, as PyYAML does: merged keys first, own keys win, of equal keys the last one.
   */
  entriesOf(map: Node, open: readonly Node[] = []): readonly YamlEntry[] {
    if (!isMap(map)) return [];
    const merged: YamlEntry[] = [];
    const own: YamlEntry[] = [];
    for (const { key, value } of map.items) {
      const keyNode = this.follow(key as Node | null);
      const valueNode = value as Node | null;
      if (isScalar(keyNode) && keyNode.source === '<<' && keyNode.type === 'PLAIN')
        merged.push(...this.#mergedEntries(valueNode, [...open, map]));
      else own.push(...this.#readEntry(keyNode, valueNode));
    }
    const byKey = new Map(merged.map((entry) => [entry.key, entry]));
    const seen = new Set<string>();
    for (const entry of own) {
      if (seen.has(entry.key)) this.#warnDuplicate(entry);
      seen.add(entry.key);
      byKey.set(entry.key, entry);
    }
    return [...byKey.values()];
  }

  #readEntry(key: Node | null, value: Node | null): YamlEntry[] {
    if (key === null || isScalar(key)) {
      const resolved =
        key === null
          ? null
          : key.type === 'PLAIN' && key.tag === undefined
            ? resolvePlainScalar(key.source ?? '')
            : String(key.value);
      return [
        {
          key: String(resolved),
          isText: typeof resolved === 'string',
          line: this.lineOf(key ?? value),
          value,
        },
      ];
    }
    this.fail(
      'yaml-key',
      key,
      'a key must be a plain name, not a list or mapping',
      'If this is a Jinja expression, quote it: "{{ … }}".',
    );
    return [];
  }

  #mergedEntries(value: Node | null, open: readonly Node[]): readonly YamlEntry[] {
    const node = this.follow(value);
    if (node !== null && open.includes(node)) {
      this.fail('yaml-merge', value, '"<<" merges a mapping into itself', 'Remove the circle.');
      return [];
    }
    if (isMap(node)) return this.entriesOf(node, open);
    // Of several merged mappings the first wins, so it is set last.
    if (node !== null && 'items' in node)
      return [...(node.items as Node[])].reverse().flatMap((item) => this.#mergedEntries(item, open));
    this.fail(
      'yaml-merge',
      value,
      '"<<" expects a mapping or a list of mappings',
      'Refer to an anchored mapping: "<<: *name".',
    );
    return [];
  }

  #warnDuplicate({ key, line }: YamlEntry): void {
    this.#findings.warn(
      'duplicate-key',
      { file: this.file, line },
      `key "${key}" stands twice; the last one wins`,
      'Remove one of the two.',
    );
  }
}
