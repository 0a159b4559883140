import type { Duplex } from 'node:stream';

/**
 * Lets what is written in one turn of the event loop travel together. ssh2 writes each packet in three pieces (length, body,
 * authentication tag), and a login has some ten packets: without Nagle's algorithm each piece would be a TCP segment of its
 * own, for which the other side wakes up.
 */
export function writeByTurn(socket: Duplex): void {
  const write = socket.write.bind(socket) as (...words: unknown[]) => boolean;
  let isCorked = false;
  const uncork = () => {
    isCorked = false;
    socket.uncork();
  };
  socket.write = ((...words: unknown[]) => {
    if (!isCorked) {
      isCorked = true;
      socket.cork();
      setImmediate(uncork);
    }
    return write(...words);
  }) as typeof socket.write;
}
