import { type ChaosGateway, inside } from './gateway.ts';

/** Everything that a play may own on a gateway, each in a form of its own: what one has to equal, whole. */
export type Standing = Readonly<Record<string, string>>;

type Reader = {
  readonly name: string;
  /** sh text that prints it. */
  readonly command: string;
  readonly normalise: (text: string) => string;
};

const SYSCTLS = [
  'net.ipv4.ip_forward',
  'net.ipv4.conf.all.rp_filter',
  'net.ipv4.conf.wan.forwarding',
  'net.ipv4.conf.lan.forwarding',
  'net.ipv6.conf.all.forwarding',
  'net.ipv6.conf.wan.forwarding',
  'net.ipv6.conf.lan.forwarding',
];

const READERS: readonly Reader[] = [
  { name: 'ipv4', command: 'iptables-save', normalise: canonicalRules },
  { name: 'ipv6', command: 'ip6tables-save', normalise: canonicalRules },
  { name: 'sets', command: 'ipset save 2>/dev/null || :', normalise: canonicalSets },
  {
    name: 'sysctls',
    command: `for key in ${SYSCTLS.join(' ')}; do echo "$key $(cat /proc/sys/$(echo $key | tr . /))"; done`,
    normalise: (text) => text,
  },
];

/** How a gateway stands now. */
export async function readStanding(gateway: ChaosGateway): Promise<Standing> {
  const commands = READERS.map(({ name, command }) => `echo '=== ${name}'; ${command} || exit 1`);
  const text = await inside(gateway, commands.join('\n'));
  return Object.fromEntries(
    READERS.map(({ name, normalise }) => {
      const section = text.split(`=== ${name}\n`)[1]?.split(/^=== /m)[0] ?? '';
      return [name, normalise(section)];
    }),
  );
}

/** What the harness's other tool writes, which is looked at by itself. */
const FOREIGN = /\bf2b-/;

/** Save text without dates, counters, foreign chains, and tables that are as the kernel makes them; in a fixed order. */
function canonicalRules(save: string): string {
  return formatTables(tablesOf(save));
}

/** Table → its lines: chains in the order of their names, then rules in their own. */
export function tablesOf(save: string): ReadonlyMap<string, readonly string[]> {
  const tables = new Map<string, readonly string[]>();
  for (const [, name = '', body = ''] of save.matchAll(/^\*(\w+)\n([\s\S]*?)^COMMIT$/gm)) {
    const lines = body.split('\n').filter((line) => /^[:-]/.test(line) && !FOREIGN.test(line));
    const chains = lines.filter((line) => line.startsWith(':')).map((line) => line.replace(/ \[.*$/, ''));
    const rules = lines.filter((line) => line.startsWith('-'));
    const isPristine = rules.length === 0 && chains.every((line) => line.endsWith(' ACCEPT'));
    if (!isPristine) tables.set(name, [...chains.sort(), ...rules]);
  }
  return tables;
}

export function formatTables(tables: ReadonlyMap<string, readonly string[]>): string {
  return [...tables.keys()]
    .sort()
    .map((name) => `*${name}\n${tables.get(name)?.join('\n')}\n`)
    .join('');
}

/** Headers without what ipset chose by itself, and members, in a fixed order. */
export function canonicalSets(save: string): string {
  const lines = save.split('\n').filter((line) => line !== '' && !FOREIGN.test(line));
  return lines
    .map((line) => line.replace(/ (?:initval|bucketsize|hashsize|timeout) \S+/g, ''))
    .sort()
    .join('\n');
}

/** The readers in which two standings differ, with the lines that one has and the other hasn't. */
export function differences(expected: Standing, actual: Standing): readonly string[] {
  return Object.keys(expected).flatMap((name) => {
    if (expected[name] === actual[name]) return [];
    const wanted = (expected[name] ?? '').split('\n');
    const seen = (actual[name] ?? '').split('\n');
    const missing = wanted.filter((line) => !seen.includes(line)).slice(0, 3);
    const surplus = seen.filter((line) => !wanted.includes(line)).slice(0, 3);
    return [`${name}: -[${missing.join(' | ')}] +[${surplus.join(' | ')}]`];
  });
}
