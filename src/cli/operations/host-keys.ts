import { homedir } from 'node:os';
import pLimit from 'p-limit';
import type { Problem } from '../../problem.ts';
import type { Dialer } from '../../ssh/dialer.ts';
import { localDisk } from '../../ssh/disk.ts';
import { fingerprintOf, typeOfKey } from '../../ssh/host-key.ts';
import { hostKeyProblem } from '../../ssh/host-key-problem.ts';
import type { HostKeyScan, OfferedKey } from '../../ssh/host-key-scan.ts';
import { addHostKeys } from '../../ssh/known-hosts-store.ts';
import type { Peer } from '../../ssh/peer.ts';
import { type JumpHost, withJumps } from '../../ssh/way.ts';
import { type HostsRequest, hostsOf, type Unanswered } from './each-host.ts';
import { askIfPossible, readTargets, startDialer } from './reach.ts';

/** A key that a host offers. */
export type ShownKey = {
  readonly type: string;
  readonly fingerprint: string;
  /** As the known_hosts files have it. */
  readonly verdict: 'known' | 'new' | 'changed' | 'revoked' | 'weak';
};

/** What one host, or a jump host on the way to one, offers. */
export type HostKeysFound =
  | { readonly kind: 'known' | 'new'; readonly host: string; readonly keys: readonly ShownKey[] }
  /** A key that isn't to be trusted: none of the host's is added. */
  | (Unanswered & { readonly kind: 'failed'; readonly keys: readonly ShownKey[] })
  | (Unanswered & { readonly kind: 'unreachable' });

/** A new key and where it belongs. */
type Addition = { readonly host: string; readonly terms: Peer; readonly key: Buffer };

export type HostKeysScanned = {
  readonly found: readonly HostKeysFound[];
  readonly additions: readonly Addition[];
};

type Jumps = ReadonlyMap<JumpHost, Problem>;

/**
 * Takes the host keys of every host of a pattern, and of the jump hosts on the way, which come first: through one whose
 * key isn't known nobody goes further. `answered` hears each as it comes. Logs in to jump hosts alone.
 * @throws ProblemsError when the inventory or the pattern is wrong
 */
export async function scanEachHost(
  request: HostsRequest,
  answered: (found: HostKeysFound) => void,
): Promise<HostKeysScanned> {
  const hosts = await hostsOf(request);
  const targets = await readTargets(hosts, request.flags, request.vault, process.env);
  const peers: readonly Peer[] = withJumps<Peer>([...targets.values()]);
  const jumps = peers.flatMap(({ way }) => (way.kind === 'jump' ? [way.jump] : []));
  const found: HostKeysFound[] = [];
  const additions: Addition[] = [];
  const blocked = new Map<JumpHost, Problem>();
  const dialer = startDialer(process.env);
  const scan = async (peer: Peer): Promise<HostKeysFound> => {
    const scanned = await scanOne(peer, dialer, blocked);
    const shown = shownOf(peer, scanned);
    found.push(shown);
    answered(shown);
    if (shown.kind === 'new' && scanned.kind === 'scanned') {
      const fresh = scanned.keys.filter((key) => verdictOf(key) === 'new');
      additions.push(...fresh.map(({ key }) => ({ host: shown.host, terms: peer, key })));
    }
    return shown;
  };
  try {
    await dialer.unlockKeys(jumps, askIfPossible());
    // In the order in which they are gone through.
    for (const jump of new Set(jumps)) {
      const hindrance = hindranceOf(jump, await scan(jump));
      if (hindrance !== undefined) blocked.set(jump, hindrance);
    }
    const limit = pLimit(request.forks);
    await Promise.all([...targets.values()].map((target) => limit(() => scan(target))));
  } finally {
    dialer.close();
  }
  return { found, additions };
}

/**
 * Appends the keys to the first known_hosts file of each host.
 * Answers what went wrong.
 */
export async function addToKnownHosts(additions: readonly Addition[]): Promise<readonly Problem[]> {
  const faults = await addHostKeys(additions, localDisk);
  return faults.map((fault) => ({
    code: 'known-hosts-not-written',
    message: `keys were not added: ${fault}`,
    remedy: 'Make the file writable, or name another one with UserKnownHostsFile.',
  }));
}

/** The files that the keys would go to, as a person writes them; undefined among them for hosts that have none. */
export function filesFor(additions: readonly Addition[]): readonly (string | undefined)[] {
  const files = new Set(additions.map(({ terms }) => terms.userKnownHostsFiles[0]));
  const home = `${homedir()}/`;
  return [...files].map((file) => (file?.startsWith(home) ? `~/${file.slice(home.length)}` : file));
}

async function scanOne(peer: Peer, dialer: Dialer, blocked: Jumps): Promise<HostKeyScan> {
  const problem = peer.way.kind === 'jump' ? blocked.get(peer.way.jump) : undefined;
  return problem === undefined ? dialer.scan(peer) : { kind: 'unreachable', problem };
}

function shownOf(peer: Peer, scan: HostKeyScan): HostKeysFound {
  const host = peer.host ?? `jump host ${peer.name}`;
  if (scan.kind === 'unreachable') return { kind: 'unreachable', host, problem: scan.problem };
  const keys = scan.keys.map((offered): ShownKey => {
    const { key } = offered;
    return { type: typeOfKey(key), fingerprint: fingerprintOf(key), verdict: verdictOf(offered) };
  });
  const [untrusted] = scan.keys.flatMap((offered) => untrustedProblem(peer, offered) ?? []);
  if (untrusted !== undefined) return { kind: 'failed', host, keys, problem: untrusted };
  return { kind: keys.some(({ verdict }) => verdict === 'new') ? 'new' : 'known', host, keys };
}

/** A host that is known by an authority alone has a key that nobody listed: new, like any other. */
function verdictOf({ verdict: { kind } }: OfferedKey): ShownKey['verdict'] {
  return kind === 'unknown' || kind === 'authority-only' ? 'new' : kind;
}

function untrustedProblem(peer: Peer, { key, verdict }: OfferedKey): Problem | undefined {
  switch (verdict.kind) {
    case 'changed':
    case 'revoked':
      return hostKeyProblem(verdict, key, peer, []);
    case 'weak':
      return {
        code: 'host-key-weak',
        message: `its RSA host key has fewer than ${peer.leastRsaBits} bits (RequiredRSASize): ${fingerprintOf(key)}`,
        remedy: 'Give the host a longer key, or one of another type.',
      };
    default:
      return undefined;
  }
}

/** Why nobody goes through a jump host. */
function hindranceOf({ name, hostKeyChecking }: JumpHost, found: HostKeysFound): Problem | undefined {
  if (found.kind === 'unreachable') return found.problem;
  if (found.kind === 'known' || (found.kind === 'new' && hostKeyChecking !== 'strict')) return undefined;
  if (found.kind === 'new' && found.keys.some(({ verdict }) => verdict === 'known')) return undefined;
  return {
    code: 'jump-not-trusted',
    message: `the way leads through jump host ${name}, whose host key ${found.kind === 'new' ? 'is not known yet' : 'is not to be trusted'}`,
    remedy:
      'sluice logs in to no host before its key is known. See to that of the jump host, then run this again.',
  };
}
