import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashName, indexKnownHosts, knownAs } from '../../src/ssh/known-hosts.ts';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM0uOZO0sBs3xT5fS4Ud7cD8XQ4hB5o5t5pS0n0jDhJZ';
const linesFor = (text: string, name: string) =>
  indexKnownHosts('f', text)
    .lookUp(name)
    .map(({ line }) => line);

test('the name has the port only where it is not 22, in lower case', () => {
  expect(knownAs({ address: 'GW1.Example', port: 22 }).name).toBe('gw1.example');
  expect(knownAs({ address: 'GW1', port: 2222 })).toEqual({ name: '[gw1]:2222', bare: 'gw1' });
  expect(knownAs({ address: '2001:db8::1', port: 22 }).name).toBe('2001:db8::1');
});

test('an alias stands for address and port', () => {
  expect(knownAs({ address: '192.0.2.1', port: 2222, hostKeyAlias: 'Edge' })).toEqual({
    name: 'edge',
    bare: 'edge',
  });
});

test('a name that is written hashed is found by that name alone', () => {
  const text = `${hashName('gw1', Buffer.alloc(20, 7))} ${key}\n`;
  expect(linesFor(text, 'gw1')).toEqual([1]);
  expect(linesFor(text, 'gw2')).toEqual([]);
});

test('comments, blank and broken lines say nothing; line numbers are those of the file', () => {
  const text = [
    '# comment',
    '',
    `gw1,192.0.2.1 ${key} a comment`,
    'gw1 ssh-ed25519',
    `gw1 ssh-rsa ${key.split(' ')[1]}`,
    'gw1 1024 35 1234567890',
    `|1|only-salt ${key}`,
    `@unknown gw1 ${key}`,
    `\t@revoked  gw1\t${key}\r`,
    `@cert-authority * ${key}`,
  ].join('\n');
  expect(indexKnownHosts('f', text).lookUp('gw1')).toMatchObject([
    { marker: 'none', type: 'ssh-ed25519', file: 'f', line: 3 },
    { marker: 'revoked', line: 9 },
    { marker: 'cert-authority', line: 10 },
  ]);
  expect(linesFor(text, '192.0.2.1')).toEqual([3, 10]);
});

test('an added key is found, on the line after the last', () => {
  const file = indexKnownHosts('f', `gw1 ${key}\n`);
  expect(file.lookUp('gw2')).toEqual([]);
  const [type = '', base64 = ''] = key.split(' ');
  file.add('gw2', type, base64);
  expect(file.lookUp('gw2')).toEqual([{ marker: 'none', type, key: base64, file: 'f', line: 2 }]);
});

test('agrees with ssh-keygen -F on names, wildcards, negations and ports', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-known-'));
  const path = join(folder, 'known_hosts');
  const char = fc.constantFrom('a', 'b', 'A', '.', '*', '?');
  const pattern = fc
    .tuple(
      fc.constantFrom('', '', '!'),
      fc.string({ unit: char, minLength: 1, maxLength: 5 }),
      fc.constantFrom('', ':22', ':2222'),
    )
    .map(([not, name, port]) => not + (port === '' ? name : `[${name}]${port}`));
  const field = fc.array(pattern, { minLength: 1, maxLength: 4 }).map((patterns) => patterns.join(','));
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 4 });
  const port = fc.constantFrom(22, 2222);
  try {
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 12 }), name, port, (fields, address, at) => {
        const text = fields.map((each) => `${each} ${key}\n`).join('');
        writeFileSync(path, text);
        const asked = knownAs({ address, port: at }).name;
        const { stdout } = spawnSync('ssh-keygen', ['-F', asked, '-f', path], { encoding: 'utf8' });
        const expected = [...stdout.matchAll(/^# Host .* found: line (\d+)/gm)].map((match) =>
          Number(match[1]),
        );
        expect(linesFor(text, asked)).toEqual(expected);
      }),
      { seed: 7, numRuns: 150 },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a pattern of many stars does not stall', () => {
  expect(linesFor(`${'*a'.repeat(2000)}b ${key}`, 'a'.repeat(5000))).toEqual([]);
});
