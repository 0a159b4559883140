import pLimit from 'p-limit';
import type { VantageHosts } from '../checks/run.ts';
import type { Dialled, Remote } from '../remote.ts';

export type Vantages = VantageHosts & {
  /**
   * The next check from these hosts has a connection that is dialled anew: the one that stands would prove nothing, as rules on its
   * way have changed. Who uses that one now goes on with it.
   */
  readonly renew: (isConcerned: (host: string) => boolean) => void;
  /** When the run is over. */
  readonly close: () => void;
};

/**
 * The vantage hosts of a run: each is dialled when the first check looks from there, and its connection serves all checks of all
 * gateways after that. One that can't be reached is dialled anew by the next check, and so is one that is reached through a gateway
 * whose rules have changed.
 * @param forks how many are dialled at once
 */
export function createVantages(dial: (host: string) => Promise<Dialled>, forks: number): Vantages {
  const limit = pLimit(forks);
  const connections = new Map<string, Promise<Dialled>>();
  /** Of each host the last connection that was dialled anew: by the next time, nobody uses it any more. */
  const retired = new Map<string, Promise<Dialled>>();
  const forget = (host: string, connection: Promise<Dialled>) => {
    if (connections.get(host) === connection) connections.delete(host);
  };
  let isClosed = false;

  const connect = (host: string): Promise<Dialled> => {
    const known = connections.get(host);
    if (known !== undefined) return known;
    const connection = limit(() => dial(host));
    connections.set(host, connection);
    connection.then(
      (dialled) => {
        if (dialled.kind === 'unreachable') forget(host, connection);
        else if (isClosed) dialled.remote.close();
      },
      () => forget(host, connection),
    );
    return connection;
  };

  return {
    dial: (host, signal) => unlessAborted(host, connect(host), signal),
    lost: async (host, remote: Remote) => {
      remote.close();
      const connection = connections.get(host);
      const dialled = await connection;
      if (connection !== undefined && dialled?.kind === 'connected' && dialled.remote === remote)
        forget(host, connection);
    },
    renew: (isConcerned) => {
      for (const [host, connection] of connections) {
        if (!isConcerned(host)) continue;
        connections.delete(host);
        closeOnce(retired.get(host));
        retired.set(host, connection);
      }
    },
    close: () => {
      isClosed = true;
      for (const connection of [...connections.values(), ...retired.values()]) closeOnce(connection);
      connections.clear();
      retired.clear();
    },
  };
}

/** As soon as it stands, if it ever does. */
function closeOnce(connection: Promise<Dialled> | undefined): void {
  connection?.then(
    (dialled) => dialled.kind === 'connected' && dialled.remote.close(),
    () => undefined,
  );
}

/** The connection is made all the same: others may wait for it. Leaves no listener behind. */
function unlessAborted(host: string, connection: Promise<Dialled>, signal: AbortSignal): Promise<Dialled> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      const message = 'there was no time to connect';
      resolve({ kind: 'unreachable', problem: { code: 'unreachable', host, message, remedy: 'Try again.' } });
    };
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    connection.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
