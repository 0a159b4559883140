import { once } from 'node:events';
import { createServer } from 'node:net';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AlgorithmChoice, spokenAlgorithms } from '../../src/ssh/algorithms.ts';
import { createDialer } from '../../src/ssh/dialer.ts';
import { readServerOffer, type ServerOffer } from '../../src/ssh/kexinit.ts';
import type { Target } from '../../src/ssh/target.ts';
import { hasSshd, type Sshd, startSshd } from './sshd.ts';

/** What ssh2 says first; a client's KEXINIT has the form of a server's. */
async function saidByClient(algorithms: AlgorithmChoice): Promise<{ bytes: Buffer; offer: ServerOffer }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const client = new ssh2.Client().on('error', () => {});
  client.connect({ host: '127.0.0.1', port: address.port, username: 'nobody', algorithms });
  const [socket] = await once(server, 'connection');
  socket.write('SSH-2.0-test\r\n');
  let bytes = Buffer.alloc(0);
  let offer: ServerOffer | undefined;
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk]);
    offer = readServerOffer(bytes);
    if (offer !== undefined) break;
  }
  if (offer === undefined) throw new Error('no KEXINIT');
  client.destroy();
  socket.destroy();
  server.close();
  return { bytes, offer };
}

const choices: Readonly<Record<string, AlgorithmChoice>> = {
  usual: {},
  listed: { kex: ['diffie-hellman-group14-sha1'], cipher: ['aes128-cbc'], hmac: ['hmac-md5'] },
  changed: {
    kex: { append: ['diffie-hellman-group14-sha1'], prepend: [], remove: ['curve25519-sha256'] },
    cipher: { append: [], prepend: ['aes256-cbc'], remove: [] },
  },
};

test.each(Object.entries(choices))('what is said to be spoken is what ssh2 offers: %s', async (_, choice) => {
  const { bytes, offer } = await saidByClient(choice);
  const { KexAlgorithms, Ciphers, MACs } = spokenAlgorithms(choice);
  const extensions = /^(ext-info-c|kex-strict-c-v00@openssh\.com)$/;
  expect(new Set(offer.keyExchanges.filter((name) => !extensions.test(name)))).toEqual(
    new Set(KexAlgorithms.spoken),
  );
  expect(new Set(offer.ciphers)).toEqual(new Set(Ciphers.spoken));
  expect(new Set(offer.macs)).toEqual(new Set(MACs.spoken));
  const head = bytes.indexOf('\n') + 1;
  for (const length of [0, head, head + 5, head + 40, head + 300])
    expect(readServerOffer(bytes.subarray(0, length))).toBeUndefined();
});

test('lines before the greeting are passed over, and nonsense is none', async () => {
  const { bytes, offer } = await saidByClient({});
  expect(readServerOffer(Buffer.concat([Buffer.from('hello\r\n'), bytes]))).toEqual(offer);
  expect(readServerOffer(Buffer.from(`SSH-2.0-x\r\n${'\0'.repeat(3)}\x06\x01\x14`))).toBeUndefined();
  expect(readServerOffer(Buffer.from('HTTP/1.1 400 Bad Request\r\n'.repeat(99)))).toBeUndefined();
});

describe.skipIf(!hasSshd)('a real sshd that speaks', () => {
  const legacy = 'diffie-hellman-group14-sha1';
  const cases = {
    old: ['HostKeyAlgorithms ssh-rsa', `KexAlgorithms ${legacy}`, 'Ciphers aes128-cbc', 'MACs hmac-sha1'],
    new: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'],
  };
  const sshds = new Map<string, Sshd>();
  beforeAll(async () => {
    for (const [name, config] of Object.entries(cases))
      sshds.set(name, await startSshd({ hostKeys: ['rsa'], config }));
  });
  afterAll(() => Promise.all([...sshds.values()].map((sshd) => sshd.stop())));

  const dial = async (name: string, changes: Partial<Target> = {}) => {
    const sshd = sshds.get(name);
    if (sshd === undefined) throw new Error(name);
    const dialled = await createDialer({ home: sshd.path('nowhere') }).dial(sshd.target(changes));
    if (dialled.kind === 'connected') dialled.remote.close();
    return dialled;
  };

  test('old algorithms alone is told how to be reached all the same, and then is', async () => {
    const refused = await dial('old');
    expect(refused).toMatchObject({
      kind: 'unreachable',
      problem: {
        code: 'no-common-algorithm',
        message: expect.stringMatching(/and sluice have no key exchanges, ciphers in common$/),
        remedy: expect.stringMatching(
          new RegExp(`the server offers ${legacy}.*KexAlgorithms \\+${legacy}\\n.*Ciphers \\+aes128-cbc$`),
        ),
      },
    });
    const algorithms: AlgorithmChoice = {
      kex: { append: [legacy], prepend: [], remove: [] },
      cipher: { append: ['aes128-cbc'], prepend: [], remove: [] },
    };
    expect(await dial('old', { algorithms })).toMatchObject({ kind: 'connected' });
  });

  test('new algorithms alone is told what to allow there', async () => {
    expect(await dial('new')).toMatchObject({
      kind: 'unreachable',
      problem: {
        code: 'no-common-algorithm',
        remedy: expect.stringMatching(
          /the server offers sntrup761x25519-sha512@openssh\.com.*; sluice offers curve25519-sha256, .*sshd_config \(KexAlgorithms\)/,
        ),
      },
    });
  });
});
