import type { Family } from '../model.ts';
import { parseSave, type SavedLine, type SavedTable } from '../save.ts';
import { builtinChains } from '../tables.ts';
import type { Backend } from './module.ts';
import { saveRule } from './save-rule.ts';

/** A line whose form in a save sluice can't tell for certain; in the text it stands as it is written. */
export type UnsureRule = {
  /** 1-based line of the text that was given. */
  readonly line: number;
  readonly rule: string;
  /** A clause without a capital: `sluice does not know the match bpf`. */
  readonly reason: string;
};

export type NormalisedRuleset = {
  /**
   * Each table in save form with counters `[0:0]` and without comments: `*table`, built-in chains with their policies, user chains by
   * name, rules by chain, `COMMIT`. Ends with a newline; empty without tables.
   */
  readonly text: string;
  /** In the order of the text that was given; empty means that all of it is certain. */
  readonly unsure: readonly UnsureRule[];
};

/** nft lists tables in an order of its own, legacy the one last used first. */
const NFT_ORDER = ['mangle', 'security', 'raw', 'filter', 'nat'];

/**
 * Turns written iptables-restore text into what `iptables-save` of that backend would print once it is loaded into an empty
 * namespace (iptables 1.8.9): for gateways where the kernel itself can't be asked. Pure; it never guesses: what it isn't certain of
 * stays as it is written, and `unsure` names it. Names of protocols and services are those of Debian's /etc.
 *
 * @param family `ipv4` for iptables, `ipv6` for ip6tables
 * @param foreign chains that are there, by table, although the text doesn't declare them; they are not printed
 */
export function normaliseRuleset(
  text: string,
  family: Family,
  backend: Backend,
  foreign: ReadonlyMap<string, ReadonlySet<string>> = new Map(),
): NormalisedRuleset {
  const unsure: UnsureRule[] = [];
  const tables = new Map<string, LoadedTable>();
  let line = 1;
  const saved = parseSave(text);
  for (const table of saved.tables) {
    line += table.before.length;
    const loaded = new LoadedTable(table.name, family, backend, foreign.get(table.name));
    // A table that stands twice is loaded twice, and the last one stays.
    tables.delete(table.name);
    tables.set(table.name, loaded);
    for (const each of table.lines) {
      const reason = loaded.load(each);
      if (reason !== undefined) unsure.push({ line, rule: each.text.trim(), reason });
      line += 1;
    }
    if (!isCommitted(table))
      unsure.push({ line: line - 1, rule: `*${table.name}`, reason: 'it is never committed' });
  }
  const names =
    backend === 'nft' ? NFT_ORDER.filter((name) => tables.has(name)) : [...tables.keys()].reverse();
  const others = [...tables.keys()].filter((name) => !names.includes(name));
  return { text: [...names, ...others].map((name) => tables.get(name)?.text() ?? '').join(''), unsure };
}

function isCommitted(table: SavedTable): boolean {
  return table.lines.at(-1)?.text === 'COMMIT';
}

class LoadedTable {
  readonly #name: string;
  readonly #family: Family;
  readonly #backend: Backend;
  readonly #policies = new Map<string, string>();
  /** The rules of each chain, as saved. */
  readonly #chains = new Map<string, string[]>();
  readonly #isChain: (chain: string) => boolean;

  constructor(name: string, family: Family, backend: Backend, foreign: ReadonlySet<string> = new Set()) {
    this.#isChain = (chain) => this.#chains.has(chain) || foreign.has(chain);
    [this.#name, this.#family, this.#backend] = [name, family, backend];
    for (const chain of builtinChains(name) ?? []) {
      this.#chains.set(chain, []);
      this.#policies.set(chain, 'ACCEPT');
    }
  }

  /** Takes in one line; answers why it isn't certain, if so. */
  load(line: SavedLine): string | undefined {
    switch (line.kind) {
      case 'chain':
        return this.#declare(line.chain, line.policy);
      case 'rule':
        return this.#append(line.chain, line.rule);
      case 'other':
        return this.#loadOther(line.text);
    }
  }

  text(): string {
    const builtin = [...this.#policies.keys()];
    const own = [...this.#chains.keys()].filter((chain) => !this.#policies.has(chain)).sort(byBytes);
    const lines = [`*${this.#name}`];
    for (const chain of builtin) lines.push(`:${chain} ${this.#policies.get(chain)} [0:0]`);
    for (const chain of own) lines.push(`:${chain} - [0:0]`);
    for (const chain of [...builtin, ...own])
      for (const rule of this.#chains.get(chain) ?? []) lines.push(rule);
    return `${lines.join('\n')}\nCOMMIT\n`;
  }

  #declare(chain: string, policy: string): string | undefined {
    const known = this.#chains.get(chain);
    if (this.#policies.has(chain)) {
      if (policy === 'ACCEPT' || policy === 'DROP') this.#policies.set(chain, policy);
      else if (policy !== '-') return `${policy} is no policy`;
      return known === undefined || known.length === 0 ? undefined : 'the chain is declared after its rules';
    }
    this.#chains.set(chain, known ?? []);
    if (policy !== '-') return 'a chain of its own has no policy';
    return known === undefined ? undefined : 'the chain is declared twice';
  }

  #append(chain: string, rule: string): string | undefined {
    const saved = saveRule(rule, this.#family, this.#backend, this.#isChain);
    const rules = this.#chains.get(chain) ?? [];
    this.#chains.set(chain, rules);
    if (saved.kind === 'unsure') {
      rules.push(rule.trim());
      return saved.reason;
    }
    for (const each of saved.rules) rules.push(each);
    return undefined;
  }

  #loadOther(text: string): string | undefined {
    if (text === '' || text.startsWith('#') || text.startsWith('*')) return this.#complaintAboutName(text);
    if (text === 'COMMIT') return undefined;
    const [, chain] = /^\s*(?:-N|--new-chain)\s+([^\s"]+)\s*$/.exec(text) ?? [];
    if (chain !== undefined) return this.#declare(chain, '-');
    const [, builtin = '', policy = ''] =
      /^\s*(?:-P|--policy)\s+([A-Z]+)\s+(ACCEPT|DROP)\s*$/.exec(text) ?? [];
    if (this.#policies.has(builtin)) {
      this.#policies.set(builtin, policy);
      return undefined;
    }
    return 'it is neither a chain nor a rule to append';
  }

  #complaintAboutName(text: string): string | undefined {
    if (!text.startsWith('*')) return undefined;
    return builtinChains(this.#name) === undefined ? `there is no table ${this.#name}` : undefined;
  }
}

/** The kernel sorts by bytes, whatever the language. */
function byBytes(a: string, b: string): number {
  if (/^[\x20-\x7e]*$/.test(a + b)) return a < b ? -1 : a > b ? 1 : 0;
  const [left, right] = [a, b].map((text) => [...new TextEncoder().encode(text)]);
  for (let at = 0; at < Math.max(left?.length ?? 0, right?.length ?? 0); at += 1) {
    const difference = (left?.[at] ?? -1) - (right?.[at] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
