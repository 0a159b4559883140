import { Resolver } from 'node:dns/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalAnswer, decodeAnswer, encodeQuery } from '../../src/checks/dns-message.ts';
import type { DnsType } from '../../src/checks/model.ts';
import { answering, answerOf } from './datagrams.ts';
import type { Listening } from './servers.ts';

const QUESTIONS: readonly [DnsType, string, readonly string[]][] = [
  ['A', 'www.example.com', ['192.0.2.1', '192.0.2.2']],
  ['AAAA', 'www.example.com', ['2001:db8::1', '2001:db8::1:0:0:ffff']],
  ['MX', 'example.com', ['10 mail.example.com']],
  ['SRV', '_sip._udp.example.com', ['10 60 5060 pbx.example.com']],
  ['TXT', 'example.com', ['v=spf1 -all']],
  ['NS', 'example.com', ['ns.example.com']],
  ['PTR', '1.2.0.192.in-addr.arpa', ['www.example.com']],
];

it.each(QUESTIONS)('reads %s of %s', (type, name, answers) => {
  const query = encodeQuery(4711, name, type);
  expect(decodeAnswer(answerOf(query), 4711, type)).toEqual({
    rcode: 'NOERROR',
    answers,
    isTruncated: false,
  });
});

describe("beside Node's own resolver", () => {
  const asked: Buffer[] = [];
  let server: Listening;
  const resolver = new Resolver({ timeout: 20_000, tries: 1 });
  beforeAll(async () => {
    server = await answering((message) => {
      asked.push(message);
      return answerOf(message);
    });
    resolver.setServers([`127.0.0.1:${server.port}`]);
  });
  afterAll(() => server.close());

  it('asks the same question', async () => {
    await resolver.resolve4('www.example.com');
    const theirs = asked.at(-1) ?? Buffer.alloc(0);
    const ours = encodeQuery(theirs.readUInt16BE(0), 'www.example.com', 'A');
    // What follows may be an option record; the number of those is the head's last.
    expect(ours.subarray(12)).toEqual(theirs.subarray(12, ours.length));
    expect(ours.subarray(0, 10)).toEqual(theirs.subarray(0, 10));
  });

  it.each([
    ['A', 'www.example.com'],
    ['AAAA', 'www.example.com'],
    ['NS', 'example.com'],
    ['PTR', '1.2.0.192.in-addr.arpa'],
  ] as const)('reads the same %s of %s', async (type, name) => {
    const theirs = (await resolver.resolve(name, type)) as readonly string[];
    const ours = decodeAnswer(answerOf(encodeQuery(1, name, type)), 1, type);
    expect(ours?.answers).toEqual(theirs.map((one) => canonicalAnswer(one, type)).sort());
  });
});

it('takes no answer that is none to its question', () => {
  const query = encodeQuery(7, 'www.example.com', 'A');
  const answer = answerOf(query);
  expect(decodeAnswer(answer, 8, 'A')).toBeUndefined();
  expect(decodeAnswer(query, 7, 'A')).toBeUndefined();
  expect(decodeAnswer(answer.subarray(0, answer.length - 1), 7, 'A')).toBeUndefined();
  expect(decodeAnswer(answerOf(encodeQuery(7, 'nobody.example', 'A')), 7, 'A')).toMatchObject({
    rcode: 'NXDOMAIN',
    answers: [],
  });
});

it('reads whatever comes without a fault, and without end', () => {
  const answer = answerOf(encodeQuery(7, 'www.example.com', 'AAAA'));
  const broken = fc.tuple(fc.nat(answer.length - 1), fc.nat(255), fc.nat(answer.length));
  fc.assert(
    fc.property(broken, ([at, byte, length]) => {
      const message = Buffer.from(answer);
      message[at] = byte;
      decodeAnswer(message.subarray(0, length), 7, 'AAAA');
    }),
    { seed: 20261126, numRuns: 2_000 },
  );
  const circle = Buffer.concat([answer.subarray(0, 12), Buffer.from([0xc0, 12, 0, 28, 0, 1])]);
  expect(decodeAnswer(circle, 7, 'AAAA')).toBeUndefined();
});
