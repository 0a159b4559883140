import { expect, test } from 'vitest';
import {
  fingerprintOf,
  hostKeyAlgorithmsOf,
  judgeHostKey,
  orderHostKeyAlgorithms,
  typeOfKey,
} from '../../src/ssh/host-key.ts';
import { indexKnownHosts, knownAs } from '../../src/ssh/known-hosts.ts';

/** A key in SSH's wire format with an arbitrary body: nothing here looks into it. */
function keyOf(type: string, body: number): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(type.length);
  return Buffer.concat([head, Buffer.from(type), Buffer.alloc(32, body)]);
}
const line = (names: string, key: Buffer) => `${names} ${typeOfKey(key)} ${key.toString('base64')}\n`;
const [ed, edOther, rsa] = [keyOf('ssh-ed25519', 1), keyOf('ssh-ed25519', 2), keyOf('ssh-rsa', 3)];
const judge = (text: string, key: Buffer, port = 22) =>
  judgeHostKey(indexKnownHosts('f', text), knownAs({ address: 'gw1', port }), key);
const order = (text: string, port = 22, list?: string) =>
  orderHostKeyAlgorithms(
    indexKnownHosts('f', text),
    knownAs({ address: 'gw1', port }),
    hostKeyAlgorithmsOf(list),
  );

test('one of several keys of the same type is enough', () => {
  expect(judge(line('gw1', edOther) + line('gw1', ed), ed)).toEqual({ kind: 'known' });
});

test('a key of the same type that differs has changed; of another type, is unknown', () => {
  expect(judge(line('gw1', rsa) + line('gw1', edOther), ed)).toMatchObject({
    kind: 'changed',
    known: { line: 2 },
  });
  expect(judge(line('gw1', rsa), ed)).toMatchObject({ kind: 'unknown', others: [{ type: 'ssh-rsa' }] });
  expect(judge(line('gw2', ed), ed)).toEqual({ kind: 'unknown', others: [] });
});

test('a revocation wins, under the bare name too', () => {
  const revoked = `@revoked ${line('gw1', ed)}`;
  expect(judge(line('gw1', ed) + revoked, ed)).toMatchObject({ kind: 'revoked', known: { line: 2 } });
  expect(judge(line('[gw1]:2222', ed) + revoked, ed, 2222)).toMatchObject({ kind: 'revoked' });
  expect(judge(`${line('gw1', ed)}@revoked ${line('*', edOther)}`, ed)).toEqual({ kind: 'known' });
});

test('the bare name vouches for another port, but never contradicts it', () => {
  expect(judge(line('gw1', ed), ed, 2222)).toEqual({ kind: 'known' });
  expect(judge(line('gw1', edOther), ed, 2222)).toEqual({ kind: 'unknown', others: [] });
  expect(judge(line('[gw1]:2222', ed), ed, 22)).toEqual({ kind: 'unknown', others: [] });
});

test('an authority never vouches for a plain key', () => {
  expect(judge(`@cert-authority ${line('*', ed)}`, ed)).toMatchObject({ kind: 'authority-only' });
  expect(judge(`@cert-authority ${line('*', rsa)}${line('gw1', ed)}`, ed)).toEqual({ kind: 'known' });
});

test('types that are known are asked for first, the others stay', () => {
  const byDefault = order('');
  expect(byDefault[0]).toBe('ssh-ed25519');
  const rsaFirst = order(line('gw1', rsa));
  expect(rsaFirst.slice(0, 4)).toEqual(['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa', 'ssh-ed25519']);
  expect([...rsaFirst].sort()).toEqual([...byDefault].sort());
  expect(order(line('gw1', rsa), 2222)).toEqual(rsaFirst);
  expect(order(`@revoked ${line('gw1', rsa)}`)).toEqual(byDefault);
});

test('the fingerprint is that of ssh-keygen -l', () => {
  const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
  // Published for github.com (ssh-ed25519).
  expect(fingerprintOf(Buffer.from(key, 'base64'))).toBe(
    'SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU',
  );
});
