import { formatJump, parseJumps } from '../../../src/ssh/config/jumps.ts';
import type { Setting } from '../../../src/ssh/config/model.ts';
import type { Resolved } from '../../../src/ssh/config/resolve.ts';
import { expandHome } from '../../../src/ssh/config/tokens.ts';
import { timeOf } from '../../../src/ssh/config/values.ts';
import type { Terms } from '../../../src/ssh/terms.ts';

/** What `ssh -G` prints where nothing is said. */
const defaults: Readonly<Record<string, string>> = {
  identityfile: ['rsa', 'ecdsa', 'ecdsa_sk', 'ed25519', 'ed25519_sk', 'xmss', 'dsa']
    .map((type) => `~/.ssh/id_${type}`)
    .join(' '),
};
const checkings = { strict: 'true', 'accept-new': 'accept-new', off: 'false' };

/** ssh prints each jump host in its shortest form. */
function carriedBy({ keyword, words: [text = ''] }: Setting): string {
  return keyword === 'proxyjump' ? (parseJumps(text) ?? []).map(formatJump).join(',') : text;
}

/** What sluice makes of a host, in the words of `ssh -G`. */
export function effective(
  { first, identityFiles }: Resolved,
  terms: Terms,
  home: string,
): Readonly<Record<string, string>> {
  const word = (slot: string) => first.get(slot)?.words.join(' ');
  const paths = (slot: string, otherwise: readonly string[]) =>
    (first.get(slot)?.words ?? otherwise)
      .map((each) => expandHome(each, home))
      .map((each) => (each.kind === 'text' ? each.text : ''))
      .join(' ');
  const files = identityFiles.map(({ words }) => words[0]).join(' ');
  const proxy = first.get('proxy');
  const carried = proxy?.words[0]?.toLowerCase() === 'none' ? undefined : proxy;
  const timeout = timeOf(word('connecttimeout') ?? 'none') || 'none';
  return {
    hostname: terms.address,
    port: String(terms.port),
    user: terms.user,
    identityfile: files || (defaults.identityfile ?? ''),
    identitiesonly: terms.identitiesOnly ? 'yes' : 'no',
    hashknownhosts: terms.hashKnownHosts ? 'yes' : 'no',
    compression: terms.algorithms.compress === undefined ? 'no' : 'yes',
    userknownhostsfile: paths('userknownhostsfile', ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']),
    globalknownhostsfile: paths('globalknownhostsfile', terms.systemKnownHostsFiles),
    // ssh says `ask` where sluice is strict by default.
    stricthostkeychecking: /^ask$/i.test(word('stricthostkeychecking') ?? 'ask')
      ? 'ask'
      : checkings[terms.hostKeyChecking],
    connecttimeout: String(timeout),
    serveraliveinterval: String(timeOf(word('serveraliveinterval') ?? '0')),
    serveralivecountmax: word('serveralivecountmax') ?? '3',
    addressfamily: { any: 'any', 4: 'inet', 6: 'inet6' }[terms.addressFamily],
    ...(carried === undefined ? {} : { [carried.keyword]: carriedBy(carried) }),
    ...(terms.hostKeyAlias === undefined ? {} : { hostkeyalias: terms.hostKeyAlias }),
  };
}
