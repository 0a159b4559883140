import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';

/** A live SSH connection that tells its programs when it is gone. */
export type Connection = {
  readonly client: Client;
  /** Why it is gone; undefined while it lives. */
  goneBecause(): string | undefined;
  /** Calls back once, when the connection goes; answers how to stop listening. */
  onGone(listener: (reason: string) => void): () => void;
  /** Safe to call twice. */
  close(): void;
};

export function holdConnection(client: Client, socket: Duplex): Connection {
  const listeners = new Set<(reason: string) => void>();
  let reason: string | undefined;
  const go = (why: string) => {
    if (reason !== undefined) return;
    reason = why;
    socket.destroy();
    for (const listener of [...listeners]) listener(why);
    listeners.clear();
  };
  client.on('error', (error) => go(`the connection failed: ${error.message}`));
  client.on('end', () => go('the connection was closed by the other side'));
  client.on('close', () => go('the connection was closed'));
  if (socket.destroyed) go('the connection was closed');

  return {
    client,
    goneBecause: () => reason,
    onGone(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    close() {
      // Says goodbye; the socket is not waited for, or a dead peer would hold the process.
      if (reason === undefined) client.end();
      go('the connection was closed here');
    },
  };
}
