import type { Dialled } from '../remote.ts';
import { hideIn } from '../sensitive.ts';
import { createCarrier } from './carrier.ts';
import { holdConnection } from './connection.ts';
import { dial } from './dial.ts';
import { type Disk, localDisk } from './disk.ts';
import { type HostKeyScan, scanHostKeys } from './host-key-scan.ts';
import { createJumpConnections, type JumpConnections } from './jump-connections.ts';
import { type Ask, createKeyring } from './keyring.ts';
import { createKnownHostsStore } from './known-hosts-store.ts';
import type { Peer } from './peer.ts';
import { createRemote } from './remote.ts';
import type { Target } from './target.ts';
import { withJumps } from './way.ts';

/** The operator's side of every connection. */
export type Environment = {
  readonly home: string;
  /** The operator's own, as the file system has it. */
  readonly uid?: number;
  /** SSH_AUTH_SOCK */
  readonly agentSocket?: string;
};

export type Dialer = {
  /**
   * Opens the encrypted keys that these hosts and the jump hosts on their way need. Before anything is dialled: a question
   * in the midst of a run would find nobody.
   */
  unlockKeys(peers: readonly Peer[], ask: Ask | undefined): Promise<void>;
  /** Takes the host keys of a gateway or of a jump host, without a login there. Never rejects. */
  scan(peer: Peer): Promise<HostKeyScan>;
  /** Connects and logs in. Never rejects; an abort is an answer too. */
  dial(target: Target, signal?: AbortSignal): Promise<Dialled>;
  /** Connections to hosts that came to a login so far, fresh ones included, those to jump hosts not. */
  statistics(): { readonly connections: number };
  /** Whoever is reached through a host of one of these names or addresses from now on is so over a new connection to it. */
  renew(names: readonly string[]): void;
  /** Closes what hosts share: the connections to jump hosts. */
  close(): void;
};

/**
 * Makes the dialer of one run. Connections share what is read once (parsed keys, the agent's list of keys, known_hosts)
 * and the jump hosts, each of which is logged in to once. How many dial at a time is the caller's business.
 */
export function createDialer(environment: Environment, disk: Disk = localDisk): Dialer {
  const keyring = createKeyring(environment, disk);
  const knownHosts = createKnownHostsStore(disk);
  let connections = 0;

  const prepare = async (target: Peer) => {
    const [credentials, known] = await Promise.all([keyring.credentialsFor(target), knownHosts.load(target)]);
    return { credentials, knownHosts: known };
  };
  const jumps: JumpConnections = createJumpConnections((jump, signal) =>
    dial({ target: jump, address: jump.address }, prepare(jump), open, jump.timeoutMs, signal),
  );
  const open = createCarrier(jumps);
  const dialAt = async (
    target: Target,
    address: string,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Dialled> => {
    const dialed = await dial({ target, address }, prepare(target), open, timeoutMs, signal);
    if (dialed.kind === 'unreachable')
      return { kind: 'unreachable', problem: hideIn(dialed.problem, target.secrets ?? []) };
    connections += 1;
    const connection = holdConnection(dialed.client, dialed.socket);
    const remote = createRemote(connection, target, (options, freshSignal) =>
      dialAt(target, options.address ?? address, options.timeoutMs ?? target.timeoutMs, freshSignal),
    );
    return { kind: 'connected', remote };
  };

  return {
    unlockKeys: (peers, ask) => keyring.unlock(withJumps(peers), ask),
    async scan(peer) {
      const known = await knownHosts.load(peer);
      return scanHostKeys(peer, known, (restricted, onHostKey) => {
        const terms = { credentials: { offers: [], notes: [] }, knownHosts: known, onHostKey };
        const place = { target: restricted, address: peer.address };
        return dial(place, Promise.resolve(terms), open, peer.timeoutMs);
      });
    },
    dial: (target, signal) => dialAt(target, target.address, target.timeoutMs, signal),
    statistics: () => ({ connections }),
    renew: (names) => jumps.renew(names),
    close: () => jumps.close(),
  };
}
