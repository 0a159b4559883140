import type { Dialled } from '../remote.ts';
import { hideIn } from '../sensitive.ts';
import { holdConnection } from './connection.ts';
import { dial } from './dial.ts';
import { type Disk, localDisk } from './disk.ts';
import { createKeyring } from './keyring.ts';
import { createKnownHostsStore } from './known-hosts-store.ts';
import { createRemote } from './remote.ts';
import type { Account, Target } from './target.ts';

/** The operator's side of every connection. */
export type Environment = Account & {
  /** SSH_AUTH_SOCK */
  readonly agentSocket?: string;
};

export type Dialer = {
  /** Connects and logs in. Never rejects; an abort is an answer too. */
  dial(target: Target, signal?: AbortSignal): Promise<Dialled>;
  /** Connections that came to a login so far, fresh ones included. */
  statistics(): { readonly connections: number };
};

/**
 * Makes the dialer of one run. Connections share nothing but what is read once: parsed keys, the agent's list of keys,
 * and known_hosts. How many dial at a time is the caller's business.
 */
export function createDialer(environment: Environment, disk: Disk = localDisk): Dialer {
  const keyring = createKeyring(environment, disk);
  const knownHosts = createKnownHostsStore(disk);
  let connections = 0;

  const prepare = async (target: Target) => {
    const [credentials, known] = await Promise.all([
      keyring.credentialsFor(target.keyFiles),
      knownHosts.load(target),
    ]);
    return { credentials, knownHosts: known };
  };
  const dialAt = async (
    target: Target,
    address: string,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Dialled> => {
    const dialed = await dial({ target, address }, prepare(target), timeoutMs, signal);
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
    dial: (target, signal) => dialAt(target, target.address, target.timeoutMs, signal),
    statistics: () => ({ connections }),
  };
}
