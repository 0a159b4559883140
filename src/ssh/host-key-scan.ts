import type { Problem } from '../problem.ts';
import type { DialedClient } from './dial.ts';
import { type HostKeyVerdict, isRsaBelow, judgeHostKey, keyTypeOf, typeOfKey } from './host-key.ts';
import type { ServerOffer } from './kexinit.ts';
import { type KnownHosts, knownAs } from './known-hosts.ts';
import type { Peer } from './peer.ts';

/** A host key that a server has proved to hold, and what known_hosts says about it. */
export type OfferedKey = {
  readonly key: Buffer;
  readonly verdict:
    | HostKeyVerdict
    /** An RSA key that is too short to be taken (RequiredRSASize). */
    | { readonly kind: 'weak' };
};

export type HostKeyScan =
  | { readonly kind: 'scanned'; readonly keys: readonly OfferedKey[] }
  | { readonly kind: 'unreachable'; readonly problem: Problem };

type Take = (key: Buffer, offer: ServerOffer | undefined) => void;

/**
 * Takes the host keys of a server, one of each type that it offers and that would be accepted: a handshake a type, as
 * ssh-keyscan does, and no login.
 */
export async function scanHostKeys(
  peer: Peer,
  known: KnownHosts,
  shakeHands: (peer: Peer, take: Take) => Promise<DialedClient>,
): Promise<HostKeyScan> {
  const keys: Buffer[] = [];
  const { hostKeyAlgorithms: allowed } = peer;
  let waiting = [allowed];
  for (let algorithms = waiting.shift(); algorithms !== undefined; algorithms = waiting.shift()) {
    const before = keys.length;
    const dialed = await shakeHands({ ...peer, hostKeyAlgorithms: algorithms }, (key, offer) => {
      keys.push(key);
      if (keys.length === 1) waiting = furtherTypes(allowed, key, offer);
    });
    if (keys.length === before && dialed.kind === 'unreachable') return dialed;
  }
  return { kind: 'scanned', keys: keys.map((key) => ({ key, verdict: judge(peer, known, key) })) };
}

/** The algorithms for each further type of key that the server has. */
function furtherTypes(
  allowed: Peer['hostKeyAlgorithms'],
  first: Buffer,
  offer: ServerOffer | undefined,
): Peer['hostKeyAlgorithms'][] {
  const offered = allowed.filter((algorithm) => offer?.hostKeys.includes(algorithm));
  const types = new Set(offered.map(keyTypeOf));
  types.delete(typeOfKey(first));
  return [...types].map((type) => offered.filter((algorithm) => keyTypeOf(algorithm) === type));
}

function judge(peer: Peer, known: KnownHosts, key: Buffer): OfferedKey['verdict'] {
  const verdict = judgeHostKey(known, knownAs(peer), key);
  return verdict.kind !== 'revoked' && isRsaBelow(peer.leastRsaBits, key) ? { kind: 'weak' } : verdict;
}
