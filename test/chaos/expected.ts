import type { Backend } from '../../src/lab/etc.ts';
import type { Family } from '../../src/ruleset/model.ts';
import { must } from './gateway.ts';
import { formatTables, type Standing, tablesOf } from './readers.ts';

/** Restore text of each family that a play names. */
export type Texts = Readonly<Partial<Record<Family, string>>>;

/** How a gateway stands once these texts are applied to it: the tables that they name are theirs, whole. */
export async function standingAfter(before: Standing, texts: Texts, backend: Backend): Promise<Standing> {
  const changed: Record<string, string> = {};
  for (const family of ['ipv4', 'ipv6'] as const) {
    const text = texts[family];
    if (text === undefined) continue;
    const tables = new Map(tablesOf(asSave(before[family] ?? '')));
    for (const [, name = ''] of text.matchAll(/^\*(\w+)$/gm)) tables.delete(name);
    for (const [name, lines] of tablesOf(await loaded(text, family, backend))) tables.set(name, lines);
    changed[family] = formatTables(tables);
  }
  return { ...before, ...changed };
}

/** The canonical form, as save text again. */
function asSave(canonical: string): string {
  return canonical.replace(/\n(?=\*|$)/g, '\nCOMMIT\n');
}

const cache = new Map<string, Promise<string>>();

/** What the kernel makes of a text: loaded into an empty network namespace of ours. */
function loaded(text: string, family: Family, backend: Backend): Promise<string> {
  const tool = `/usr/sbin/${family === 'ipv4' ? 'iptables' : 'ip6tables'}-${backend}`;
  const key = `${tool}\n${text}`;
  const script = `export XTABLES_LOCKFILE=$(mktemp -u); ${tool}-restore && ${tool}-save; rm -f $XTABLES_LOCKFILE`;
  const known = cache.get(key) ?? must(['unshare', '-n', 'sh', '-c', script], text);
  cache.set(key, known);
  return known;
}
