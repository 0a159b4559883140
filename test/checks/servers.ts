import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import net from 'node:net';

/** Something that listens; `close` ends it with all its connections. */
export type Listening = { readonly port: number; close(): Promise<void> };

/** Nobody serves tcpmux on a loopback address. */
export const CLOSED_PORT = 1;

/** Accepts connections and never says a word. */
export async function listenSilently(address = '127.0.0.1'): Promise<Listening> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.listen(0, address);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** An HTTP server on 127.0.0.1; `connections` counts the TCP connections made to it. */
export async function serve(
  answer: http.RequestListener,
  server: http.Server = http.createServer(),
): Promise<Listening & { connections: () => number }> {
  let connections = 0;
  server.on('request', answer);
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Listens with a queue for two connections, and then does nothing, ever. */
const NEVER_ACCEPTS = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, server.address().port + '\\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

/** A port that answers nothing, as one behind a DROP: its listener's queue is full, so that Linux ignores each SYN. */
export async function blackHole(): Promise<Listening> {
  const child = spawn(process.execPath, ['-e', NEVER_ACCEPTS], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(line.toString());
  const queued = [net.connect(port, '127.0.0.1'), net.connect(port, '127.0.0.1')];
  for (const socket of queued) {
    socket.on('error', () => {});
    if (socket.connecting) await once(socket, 'connect');
  }
  return {
    port,
    close: async () => {
      for (const socket of queued) socket.destroy();
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
