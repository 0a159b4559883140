import type { Family } from '../model.ts';
import { setType } from '../set-types.ts';
import { formatNetwork, parseNetwork } from './addresses.ts';
import type { Undecided } from './own-reading.ts';

/**
 * Written sets as `ipset save` has them in canonical form, so far as that is certain by what is live; where it isn't, a line stays as it is
 * written and is named.
 *
 * @param written `create` and `add` lines
 * @param live canonical text of the sets concerned
 * @param kept the sets that keep members which others add
 */
export function readSets(
  written: string,
  live: string,
  kept: ReadonlySet<string>,
): { readonly text: string; readonly undecided: readonly Undecided[] } {
  const standing = bySet(live);
  const lines: string[] = [];
  const undecided: Undecided[] = [];
  for (const [name, [create = '', ...members]] of bySet(written)) {
    const there = standing.get(name);
    if (there === undefined) {
      lines.push(create, ...members);
      continue;
    }
    const [header = '', ...current] = there;
    const isLive = new Set(current);
    lines.push(hasSameHeader(create, header) ? header : create);
    const wanted = members.map((line) => readMember(line, header, isLive));
    const own = new Set(wanted.map(({ line }) => line));
    // They are there and stay, whoever wants them.
    if (kept.has(name)) lines.push(...current.filter((line) => !own.has(line)));
    lines.push(...own);
    for (const { line, reason } of wanted)
      if (reason !== undefined) undecided.push({ where: `ipset ${name}`, line, reason, isAlike: false });
  }
  return { text: lines.map((line) => `${line}\n`).join(''), undecided };
}

function bySet(text: string): ReadonlyMap<string, readonly string[]> {
  const sets = new Map<string, string[]>();
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, name = ''] = line.split(' ', 2);
    const lines = sets.get(name);
    if (lines === undefined) sets.set(name, [line]);
    else lines.push(line);
  }
  return sets;
}

/** What ipset chooses by itself is no part of the canonical form. */
const CHOSEN = ['hashsize', 'bucketsize', 'initval'];
const FLAGS = ['counters', 'comment', 'skbinfo', 'forceadd'];

/** With what ipset adds where nothing is written: as options go, the same? */
function hasSameHeader(written: string, saved: string): boolean {
  const [one, other] = [optionsOf(written), optionsOf(saved)];
  return (
    one.type === other.type &&
    one.options.size === other.options.size &&
    [...one.options].every(([name, value]) => other.options.get(name) === value)
  );
}

function optionsOf(create: string): { readonly type: string; readonly options: ReadonlyMap<string, string> } {
  const [, , type = '', ...words] = create.split(/\s+/);
  const options = new Map<string, string>();
  if (type.startsWith('hash:')) options.set('maxelem', '65536');
  if (setType(type)?.createOptions.includes('family') === true) options.set('family', 'inet');
  if (type === 'list:set') options.set('size', '8');
  for (let at = 0; at < words.length; at += 1) {
    const name = words[at] ?? '';
    if (FLAGS.includes(name)) options.set(name, '');
    else {
      at += 1;
      if (!CHOSEN.includes(name)) options.set(name, words[at] ?? '');
    }
  }
  return { type, options };
}

/** A member in the words of `ipset save`; where only ipset knows them, `reason` says so. */
function readMember(
  written: string,
  header: string,
  isLive: ReadonlySet<string>,
): { readonly line: string; readonly reason?: string } {
  const line = withoutCountdown(written);
  if (isLive.has(line)) return { line };
  const [verb = '', name = '', element = '', ...more] = line.split(' ');
  const [, , type = ''] = header.split(' ');
  // A mask of the set's own changes each member, and options have words of their own.
  const isPlain = !/ (?:net|bit)mask /.test(header) && more.every((word) => word === 'nomatch');
  const family = / family inet6( |$)/.test(header) ? 'ipv6' : 'ipv4';
  const saved = isPlain ? readElement(element, type, family) : undefined;
  if (saved !== undefined) return { line: [verb, name, saved, ...more].join(' ') };
  return { line, reason: `only ipset knows how the member ${element} is saved` };
}

/** Canonical text has no remaining timeouts and no counters; a comment comes after them, in quotes. */
function withoutCountdown(line: string): string {
  const at = line.indexOf(' comment "');
  const [head, comment] = at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at)];
  return `${head.replace(/ (?:timeout|packets|bytes) \d+/g, '')}${comment}`;
}

/** Whole addresses alone: of a shortened one, iptables and ipset think differently. */
const PLAIN = /^(?:\d+(?:\.\d+){3}|[0-9a-f:.]*:[0-9a-f:.]*)(?:\/\d+)?$/i;

/** Only what is certain: single addresses, whole networks, and names of sets. */
function readElement(element: string, type: string, family: Family): string | undefined {
  if (type === 'list:set') return element;
  if ((type !== 'hash:ip' && type !== 'hash:net') || !PLAIN.test(element)) return undefined;
  const network = parseNetwork(element, family);
  if (network?.prefix === undefined || network.prefix === 0) return undefined;
  const isHost = network.prefix === (family === 'ipv4' ? 32 : 128);
  if (isHost) return network.address;
  return type === 'hash:net' ? formatNetwork(network) : undefined;
}
