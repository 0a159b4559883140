import dgram from 'node:dgram';
import { once } from 'node:events';
import type { Listening } from './servers.ts';

/** A port that answers each datagram with what `answer` makes of it; undefined is silence. */
export async function answering(
  answer: (message: Buffer) => Buffer | undefined,
  address = '127.0.0.1',
): Promise<Listening> {
  const socket = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (message, from) => {
    const said = answer(message);
    if (said !== undefined) socket.send(said, from.port, from.address);
  });
  socket.bind(0, address);
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    close: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}

/** A name as a message has it. */
function labels(name: string): Buffer {
  const parts = name
    .split('.')
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([...parts, Buffer.from([0])]);
}

type Record = { readonly type: number; readonly value: Buffer };
const u16 = (...numbers: number[]) => Buffer.from(numbers.flatMap((number) => [number >> 8, number & 255]));
const text = (one: string) => Buffer.concat([Buffer.from([one.length]), Buffer.from(one)]);

/** Names of a small zone, with what they answer; a name that points back into the message (0xc00c) is the one that was asked for. */
const ZONE: { readonly [key: string]: readonly Record[] } = {
  '1 www.example.com': [
    { type: 5, value: labels('web.example.com') },
    { type: 1, value: Buffer.from([192, 0, 2, 2]) },
    { type: 1, value: Buffer.from([192, 0, 2, 1]) },
  ],
  '28 www.example.com': [
    { type: 28, value: Buffer.from('20010db8000000000000000000000001', 'hex') },
    { type: 28, value: Buffer.from('20010db800000000000100000000ffff', 'hex') },
  ],
  '15 example.com': [
    {
      type: 15,
      value: Buffer.concat([u16(10), Buffer.from([4]), Buffer.from('Mail'), Buffer.from([0xc0, 12])]),
    },
  ],
  '33 _sip._udp.example.com': [
    { type: 33, value: Buffer.concat([u16(10, 60, 5060), labels('pbx.example.com')]) },
  ],
  '16 example.com': [{ type: 16, value: Buffer.concat([text('v=spf1 '), text('-all')]) }],
  '2 example.com': [
    { type: 2, value: Buffer.concat([Buffer.from([2]), Buffer.from('ns'), Buffer.from([0xc0, 12])]) },
  ],
  '12 1.2.0.192.in-addr.arpa': [{ type: 12, value: labels('www.example.com') }],
};

/** Answers a question of the zone as a server does; NXDOMAIN for a name that isn't there. */
export function answerOf(message: Buffer): Buffer {
  let at = 12;
  const name: string[] = [];
  while (message.readUInt8(at) > 0) {
    name.push(message.toString('utf8', at + 1, at + 1 + message.readUInt8(at)));
    at += message.readUInt8(at) + 1;
  }
  const type = message.readUInt16BE(at + 1);
  const written = name.join('.').toLowerCase();
  const records = ZONE[`${type} ${written}`] ?? [];
  const isKnown = Object.keys(ZONE).some((key) => key.endsWith(` ${written}`));
  const head = Buffer.concat([
    message.subarray(0, 2),
    Buffer.from([0x81, isKnown ? 0x80 : 0x83]),
    u16(1, records.length, 0, 0),
  ]);
  const answers = records.map(({ type: one, value }) =>
    Buffer.concat([Buffer.from([0xc0, 12]), u16(one, 1, 0, 60, value.length), value]),
  );
  return Buffer.concat([head, message.subarray(12, at + 5), ...answers]);
}
