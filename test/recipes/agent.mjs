// Makes connections from a place of the lab, or answers them there: one process for any number of them.
// usage: agent.mjs NAME; reads a JSON command a line, {id, verb, …}, and prints {id, result} for each.
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

const name = process.argv[2];
const held = [];
const listening = new Set();

const verbs = {
  /** Opens so many connections, at most `atOnce` at a time, from the given addresses in turn. */
  connect: (command) => repeat(command, command.isUdp ? ask : open),
  /** Answers TCP like a web server of the lab, and UDP with the same text. */
  listen: async ({ host, port }) => {
    if (listening.has(`${host} ${port}`)) return;
    listening.add(`${host} ${port}`);
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(answer(socket.remoteAddress)));
    });
    const udp = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    udp.on('message', (_, { address, port: from }) => udp.send(answer(address), from, address));
    await Promise.all([
      new Promise((resolve) => server.listen(port, host, resolve)),
      new Promise((resolve) => udp.bind(port, host, resolve)),
    ]);
  },
  /** Ends what `isHeld` kept open. */
  release: async () => {
    for (const socket of held.splice(0)) socket.resetAndDestroy();
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, verb, ...command } = JSON.parse(line);
  verbs[verb](command).then(
    (result) => print({ id, result }),
    (error) => print({ id, error: String(error) }),
  );
}
process.exit();

function print(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function repeat({ count, atOnce, sources, patienceMs, ...target }, once) {
  const outcomes = [];
  let next = 0;
  let silences = 0;
  const worker = async () => {
    while (next < count) {
      const index = next++;
      // Who is silent so often is no slow one: a test that fails is to fail soon.
      const patience = silences > 3 ? Math.min(patienceMs, 2000) : patienceMs;
      const source = sources[index % sources.length];
      outcomes[index] = await once({ ...target, source, patienceMs: patience });
      if (outcomes[index].end === 'filtered') silences += 1;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
  return outcomes;
}

function open({ host, port, source, sourcePort, patienceMs, isHeld }) {
  return new Promise((resolve) => {
    const socket = connect({ host, port, localAddress: source, localPort: sourcePort });
    let isOpen = false;
    let text = '';
    const settle = (outcome) => {
      clearTimeout(timer);
      if (isHeld && isOpen) held.push(socket);
      else socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => settle(isOpen ? { end: 'silent' } : { end: 'filtered' }), patienceMs);
    socket.on('connect', () => {
      isOpen = true;
      if (isHeld) settle({ end: 'held' });
      else socket.write('GET / HTTP/1.0\r\n\r\n');
    });
    socket.on('data', (piece) => {
      text += piece;
      if (text.startsWith('SSH-')) settle(readAnswer(text));
    });
    socket.on('end', () => settle(readAnswer(text)));
    socket.on('error', ({ code }) => {
      if (code === 'ECONNREFUSED') settle({ end: 'refused' });
      else settle(isOpen ? { end: 'broken', code } : { end: 'unreachable', code });
    });
  });
}

/** A question over UDP, from a port of its own. */
function ask({ host, port, source, sourcePort, patienceMs }) {
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    const settle = (outcome) => {
      clearTimeout(timer);
      socket.close();
      resolve(outcome);
    };
    const timer = setTimeout(() => settle({ end: 'filtered' }), patienceMs);
    socket.on('message', (text) => settle(readAnswer(`${text}`)));
    socket.on('error', ({ code }) =>
      settle(code === 'ECONNREFUSED' ? { end: 'refused' } : { end: 'unreachable', code }),
    );
    socket.bind({ address: source, port: sourcePort }, () => {
      socket.connect(port, host, (error) => {
        if (error) settle({ end: 'unreachable', code: error.code });
        else socket.send('?');
      });
    });
  });
}

function answer(address) {
  return `HTTP/1.0 200 OK\r\nX-Client: ${address.replace(/^::ffff:/, '')}\r\n\r\n${name}\n`;
}

function readAnswer(text) {
  if (text.startsWith('SSH-')) return { end: 'answered', by: 'sshd', source: '' };
  const [head = '', body = ''] = text.split('\r\n\r\n');
  return { end: 'answered', by: body.trim(), source: /^x-client: (.*)$/im.exec(head)?.[1]?.trim() ?? '' };
}
