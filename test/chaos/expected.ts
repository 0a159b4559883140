import type { Backend } from '../../src/lab/etc.ts';
import type { Family } from '../../src/ruleset/model.ts';
import { must } from './gateway.ts';
import { canonicalSets, formatTables, type Standing, tablesOf } from './readers.ts';
import { type Sharing, withChains, withTenant } from './shared.ts';

/** Restore text of each family that a play names. */
export type Texts = Readonly<Partial<Record<Family, string>>>;

/** What a play wants. */
export type Wanted = {
  readonly texts: Texts;
  readonly sharing?: Sharing;
  readonly sets?: string;
  readonly sysctls?: Readonly<Record<string, string>>;
};

/** How a gateway stands once a play is applied to it: the tables and sets that it names are its own, whole. */
export async function standingAfter(
  before: Standing,
  { texts, sharing = 'tables', sets = '', sysctls = {} }: Wanted,
  backend: Backend,
): Promise<Standing> {
  const changed: Record<string, string> = {
    sets: await setsAfter(before.sets ?? '', sets),
    sysctls: (before.sysctls ?? '').replace(/^(\S+) .*$/gm, (line, key: string) =>
      key in sysctls ? `${key} ${sysctls[key]}` : line,
    ),
  };
  for (const family of ['ipv4', 'ipv6'] as const) {
    const text = texts[family];
    if (text === undefined) continue;
    const tables = new Map(tablesOf(asSave(before[family] ?? '')));
    const named = [...text.matchAll(/^\*(\w+)$/gm)].map(([, name = '']) => name);
    const whole =
      sharing === 'chains'
        ? named.map((name) => withChains(tables.get(name) ?? [], name, text)).join('')
        : sharing === 'keep'
          ? withTenant(text, family)
          : text;
    for (const name of named) tables.delete(name);
    for (const [name, lines] of tablesOf(await loaded(whole, sets, family, backend))) tables.set(name, lines);
    changed[family] = formatTables(tables);
  }
  return { ...before, ...changed };
}

/** The live sets, but for those that a text makes, which are as it makes them. */
async function setsAfter(before: string, text: string): Promise<string> {
  if (text === '') return before;
  const made = await must(['unshare', '-n', 'sh', '-c', 'ipset restore && ipset save'], text);
  const names = new Set([...text.matchAll(/^create (\S+)/gm)].map(([, name]) => name));
  const others = before.split('\n').filter((line) => !names.has(line.split(' ')[1]));
  return canonicalSets([...others, made].join('\n'));
}

/** The canonical form, as save text again. */
function asSave(canonical: string): string {
  return canonical.replace(/\n(?=\*|$)/g, '\nCOMMIT\n');
}

const cache = new Map<string, Promise<string>>();

/** What the kernel makes of a text: loaded into an empty network namespace of ours. */
function loaded(text: string, sets: string, family: Family, backend: Backend): Promise<string> {
  const tool = `/usr/sbin/${family === 'ipv4' ? 'iptables' : 'ip6tables'}-${backend}`;
  const headers = sets.replace(/^add .*\n/gm, '');
  const key = `${tool}\n${headers}${text}`;
  const script = `export XTABLES_LOCKFILE=$(mktemp -u); [ -z "$1" ] || printf %s "$1" | ipset restore && ${tool}-restore && ${tool}-save; rm -f $XTABLES_LOCKFILE`;
  const known = cache.get(key) ?? must(['unshare', '-n', 'sh', '-c', script, 'sh', headers], text);
  cache.set(key, known);
  return known;
}
