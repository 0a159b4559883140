import { createHash } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { ROOT } from './run.mjs';

/**
 * Does a piece of work that nobody else may do in this checkout at the same time; waits for its turn.
 *
 * The lock is a socket of Linux' abstract kind, which has no file: it goes with the process that holds it, however that
 * ends. Elsewhere than on Linux there is no lock.
 */
export async function alone(work) {
  if (process.platform !== 'linux') return work();
  const name = `\0sluice-${createHash('sha256').update(ROOT).digest('hex').slice(0, 16)}`;
  let lock = await take(name);
  while (lock === undefined) {
    await released(name);
    lock = await take(name);
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** Resolves to undefined when someone else holds the lock. */
function take(name) {
  return new Promise((resolve, reject) => {
    const waiting = new Set();
    const server = createServer((socket) => {
      waiting.add(socket);
      // One that waits may be interrupted.
      socket.on('error', () => undefined);
    });
    server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    const release = () => {
      server.close();
      for (const socket of waiting) socket.destroy();
    };
    server.listen(name, () => resolve({ release }));
  });
}

/** Resolves when the lock's holder lets go, in whatever way. */
function released(name) {
  return new Promise((resolve) => {
    const socket = connect(name);
    socket.on('error', () => undefined);
    socket.once('close', resolve);
    socket.resume();
  });
}
