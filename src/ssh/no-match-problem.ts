import type { Problem } from '../problem.ts';
import { spokenAlgorithms } from './algorithms.ts';
import { hostKeyAlgorithmsOf } from './host-key.ts';
import type { ServerOffer } from './kexinit.ts';
import { describePlace, hostOf, type Place } from './peer.ts';

/**
 * Says in which kinds of algorithms a server and sluice have nothing in common, and what can be done about each; undefined
 * where it is none of these.
 */
export function noMatchProblem(place: Place, offer: ServerOffer): Problem | undefined {
  const { target } = place;
  const { KexAlgorithms, Ciphers, MACs } = spokenAlgorithms(target.algorithms);
  const hostKeys = { spoken: target.hostKeyAlgorithms, possible: hostKeyAlgorithmsOf() };
  const kinds = [
    { keyword: 'KexAlgorithms', what: 'key exchanges', offered: offer.keyExchanges, ...KexAlgorithms },
    { keyword: 'HostKeyAlgorithms', what: 'host keys', offered: offer.hostKeys, ...hostKeys },
    { keyword: 'Ciphers', what: 'ciphers', offered: offer.ciphers, ...Ciphers },
    { keyword: 'MACs', what: 'MACs', offered: offer.macs, ...MACs },
  ];
  const lacking = kinds.filter(({ offered, spoken }) => !spoken.some((name) => offered.includes(name)));
  if (lacking.length === 0) return undefined;
  return {
    code: 'no-common-algorithm',
    ...hostOf(target),
    message: `${describePlace(place)} and sluice have no ${lacking.map(({ what }) => what).join(', ')} in common`,
    remedy: lacking.map(remedyOf).join('\n'),
  };
}

function remedyOf(kind: {
  readonly keyword: string;
  readonly what: string;
  readonly offered: readonly string[];
  readonly spoken: readonly string[];
  readonly possible: readonly string[];
}): string {
  const { keyword, what, spoken, possible } = kind;
  const offered = kind.offered.map((name) => name.replace(/[^\x21-\x7e]/g, '?'));
  const both = [
    `Of ${what}, the server offers ${offered.join(', ')}`,
    `sluice offers ${spoken.join(', ')}`,
  ].join('; ');
  const could = possible.filter((name) => offered.includes(name));
  const way =
    could.length === 0
      ? `Allow one of sluice's in the server's sshd_config (${keyword}).`
      : `In ssh_config, for this host alone, as it may be weak: ${keyword} +${could.join(',')}`;
  return `${both}. ${way}`;
}
