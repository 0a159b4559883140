import type { Duplex } from 'node:stream';
import type { Connection } from './connection.ts';
import { holdConnection } from './connection.ts';
import type { DialedClient } from './dial.ts';
import { unlessAborted } from './limit.ts';
import { type JumpHost, jumpsOn } from './way.ts';

/** What a jump host makes of the wish for a connection to elsewhere. */
type ChannelOpened =
  | { readonly kind: 'open'; readonly socket: Duplex }
  | { readonly kind: 'refused'; readonly reason: string; readonly isForbidden: boolean }
  /** The jump host itself is gone. */
  | { readonly kind: 'lost' };

/** A jump host to which a login stands. */
type Joined =
  | { readonly kind: 'joined'; openChannel(address: string, port: number): Promise<ChannelOpened> }
  | Extract<DialedClient, { kind: 'unreachable' }>;

export type JumpConnections = {
  /** The one connection to a jump host, dialled where none stands; undefined when aborted before. */
  join(jump: JumpHost, signal: AbortSignal): Promise<Joined | undefined>;
  /**
   * The next to go through a jump host of one of these names or addresses finds it dialled anew, and so are the jump hosts behind it:
   * one that was logged in to before the rules there changed proves nothing. Whatever its port: behind another one may stand somebody
   * else, whom those rules let in. Who is behind it already stays where he is.
   */
  renew(names: readonly string[]): void;
  /** Closes them all: they would keep the process alive. */
  close(): void;
};

type Held = {
  readonly dialling: Promise<Joined>;
  readonly giveUp: AbortController;
  waiting: number;
  connection?: Connection;
};

/** SSH_OPEN_ADMINISTRATIVELY_PROHIBITED (RFC 4254, 5.1) */
const forbidden = 1;

/**
 * Holds one connection a jump host for all who are behind it, those that ask while it is being dialled too. One that
 * died, or couldn't be made, is dialled anew by whoever comes next. `dial` may use other jump hosts itself.
 */
export function createJumpConnections(
  dial: (jump: JumpHost, signal: AbortSignal) => Promise<DialedClient>,
): JumpConnections {
  const held = new Map<JumpHost, Held>();
  const retired = new Set<Held>();

  const begin = (jump: JumpHost): Held => {
    const giveUp = new AbortController();
    const dialling = dial(jump, giveUp.signal).then((dialed): Joined => {
      if (dialed.kind === 'unreachable') {
        forget(jump, entry);
        return dialed;
      }
      const connection = holdConnection(dialed.client, dialed.socket);
      entry.connection = connection;
      connection.onGone(() => forget(jump, entry));
      if (giveUp.signal.aborted) connection.close();
      return { kind: 'joined', openChannel: (address, port) => openChannel(connection, address, port) };
    });
    const entry: Held = { dialling, giveUp, waiting: 0 };
    held.set(jump, entry);
    return entry;
  };
  const forget = (jump: JumpHost, entry: Held) => {
    if (held.get(jump) === entry) held.delete(jump);
  };

  return {
    async join(jump, signal) {
      const entry = held.get(jump) ?? begin(jump);
      entry.waiting += 1;
      const joined = await unlessAborted(entry.dialling, signal);
      entry.waiting -= 1;
      // Nobody is left who wants it.
      if (joined === undefined && entry.waiting === 0 && entry.connection === undefined) {
        forget(jump, entry);
        entry.giveUp.abort();
      }
      return joined;
    },
    renew(names) {
      const isConcerned = ({ name, address }: JumpHost) => names.includes(address) || names.includes(name);
      for (const [jump, entry] of held) {
        if (!isConcerned(jump) && !jumpsOn(jump.way).some(isConcerned)) continue;
        held.delete(jump);
        retired.add(entry);
      }
    },
    close() {
      for (const entry of [...held.values(), ...retired]) {
        entry.giveUp.abort();
        entry.connection?.close();
      }
      held.clear();
      retired.clear();
    },
  };
}

function openChannel(connection: Connection, address: string, port: number): Promise<ChannelOpened> {
  return new Promise((resolve) => {
    const stopListening = connection.onGone(() => resolve({ kind: 'lost' }));
    if (connection.goneBecause() !== undefined) resolve({ kind: 'lost' });
    try {
      // Where it comes from is for the jump host's log alone.
      connection.client.forwardOut('127.0.0.1', 0, address, port, (error, channel) => {
        stopListening();
        if (error === undefined) {
          // Stays for the channel's whole life: a late error must never be unhandled.
          channel.on('error', () => channel.destroy());
          resolve({ kind: 'open', socket: channel });
          return;
        }
        const { reason } = error as Error & { reason?: number };
        resolve({ kind: 'refused', reason: wordsOf(error), isForbidden: reason === forbidden });
      });
    } catch {
      stopListening();
      resolve({ kind: 'lost' });
    }
  });
}

/** ssh2 puts its own words before the server's. */
function wordsOf({ message }: Error): string {
  return message.replace(/^\(SSH\) Channel open failure: /, '').replace(/\p{Cc}+/gu, ' ');
}
