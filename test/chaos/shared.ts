import type { Family } from '../../src/ruleset/model.ts';

/** Who else lives in the tables of the play: `tables`, nobody; else another tool, whose chain has to stay. */
export type Sharing = 'tables' | 'keep' | 'chains';

const KEEP = 'DOCKER-*';
const PREFIX = 'SL-';
const MARK = '-m comment --comment "sluice:edge"';

const peer = (family: Family) => (family === 'ipv4' ? '192.0.2.200' : '2001:db8:ffff::1');
const chainLine = ':DOCKER-CHAOS - [0:0]';
const jump = '-A INPUT -j DOCKER-CHAOS';
const rule = (family: Family) => `-A DOCKER-CHAOS -s ${peer(family)} -j DROP`;

/** What the other tool has: restore text for `--noflush`. */
export function tenant(family: Family): string {
  return `*filter\n${chainLine}\n-I ${jump.slice(3).replace(' ', ' 1 ')}\n${rule(family)}\nCOMMIT\n`;
}

/** Text of a play that owns the filter table but for the tenant, as it stands with the tenant in it. */
export function withTenant(text: string, family: Family): string {
  return text.replace(/(\*filter\n(?::.*\n)*)/, `$1${chainLine}\n${jump}\n${rule(family)}\n`);
}

/** Text for whole tables, as text of chains of the play's own: policies become last rules. */
export function asChains(text: string): string {
  return text.replace(/^\*(\w+)\n([\s\S]*?)^COMMIT\n/gm, (_, table: string, body: string) => {
    const rules = [...body.matchAll(/^-A (\S+) .*$/gm)];
    const dropped = [...body.matchAll(/^:(\S+) DROP/gm)].map(([, chain = '']) => chain);
    const chains = [...new Set([...dropped, ...rules.map(([, chain = '']) => chain)])];
    return [
      `*${table}`,
      ...chains.map((chain) => `:${PREFIX}${chain} - [0:0]`),
      ...chains.map((chain) => `-A ${chain} -j ${PREFIX}${chain}`),
      ...rules.map(([line]) => line.replace('-A ', `-A ${PREFIX}`)),
      ...dropped.map((chain) => `-A ${PREFIX}${chain} -j DROP`),
      'COMMIT\n',
    ].join('\n');
  });
}

/** A table as it stands once a play's chains are in it, its jumps first: restore text. */
export function withChains(before: readonly string[], table: string, text: string): string {
  const body = new RegExp(`^\\*${table}\\n([\\s\\S]*?)^COMMIT$`, 'm').exec(text)?.[1] ?? '';
  const own = body.split('\n').filter((line) => line !== '');
  const others = before.filter((line) => !line.includes(PREFIX));
  const isJump = (line: string) => line.startsWith('-') && !line.startsWith(`-A ${PREFIX}`);
  return [
    `*${table}`,
    ...others.filter((line) => line.startsWith(':')).map((line) => `${line} [0:0]`),
    ...own.filter((line) => line.startsWith(':')),
    ...own.filter(isJump).map((line) => line.replace(/^(-A \S+) /, `$1 ${MARK} `)),
    ...others.filter((line) => line.startsWith('-')),
    ...own.filter((line) => line.startsWith(`-A ${PREFIX}`)),
    'COMMIT\n',
  ].join('\n');
}

/** The keys of the play. */
export function scopeKeys(sharing: Sharing): object {
  if (sharing === 'tables') return {};
  return sharing === 'keep' ? { keep: [KEEP] } : { scope: 'chains', prefix: PREFIX };
}
