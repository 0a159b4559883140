import { connect, type Socket } from 'node:net';
import { errorCode } from './disk.ts';
import type { Terms } from './terms.ts';

/**
 * Connects without Nagle's algorithm, which costs an SSH handshake several delayed acknowledgements. A name with addresses
 * of both families is tried one after the other. Answers the socket, or the system's error code; `ABORT` when aborted.
 */
export function connectTcp(
  address: string,
  { port, addressFamily, bindAddress }: Pick<Terms, 'port' | 'addressFamily' | 'bindAddress'>,
  signal: AbortSignal,
): Promise<Socket | string> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve('ABORT');
      return;
    }
    // Node's default of 250 ms gives a slow but living first address up.
    const socket = connect({
      host: address,
      port,
      noDelay: true,
      autoSelectFamilyAttemptTimeout: 2000,
      ...(addressFamily === 'any' ? {} : { family: addressFamily }),
      ...(bindAddress === undefined ? {} : { localAddress: bindAddress }),
    });
    const onAbort = () => finish('ABORT');
    const finish = (outcome: Socket | string) => {
      signal.removeEventListener('abort', onAbort);
      if (typeof outcome === 'string') socket.destroy();
      resolve(outcome);
    };
    signal.addEventListener('abort', onAbort);
    // Stays for the socket's whole life: a late error must never be unhandled.
    socket.on('error', (error) => finish(connectErrorCode(error)));
    socket.once('connect', () => finish(socket));
  });
}

/** With several addresses all of them failed; the last one's error has as good a claim as any. */
function connectErrorCode(error: Error): string {
  return errorCode(error instanceof AggregateError ? (error.errors.at(-1) ?? error) : error);
}
