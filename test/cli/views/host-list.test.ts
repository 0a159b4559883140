import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldHosts, listHosts } from '../../../src/cli/views/host-list.ts';
import { names } from './sessions.ts';

describe('foldHosts', () => {
  test.each([
    [['gw3', 'gw1', 'gw2'], ['gw[1:3]']],
    [
      ['gw1', 'gw2'],
      ['gw1', 'gw2'],
    ],
    [['gw08', 'gw09', 'gw10', 'gw11'], ['gw[08:11]']],
    [['gw98', 'gw99', 'gw100'], ['gw[98:100]']],
    [
      ['gw098', 'gw99', 'gw100'],
      ['gw098', 'gw99', 'gw100'],
    ],
    [['gw1.dc2.example', 'gw2.dc2.example', 'gw3.dc2.example'], ['gw[1:3].dc2.example']],
    [
      ['r1-1', 'r1-2', 'r1-3', 'r2-3', 'r3-3'],
      ['r1-[1:3]', 'r2-3', 'r3-3'],
    ],
    [['10.0.0.9', '10.0.0.10', '10.0.0.11'], ['10.0.0.[9:11]']],
    [
      ['fra', 'ams', 'gw1', 'gw2', 'gw3', 'gw5'],
      ['ams', 'fra', 'gw[1:3]', 'gw5'],
    ],
    [[], []],
  ])('%j', (hosts, expected) => {
    expect(foldHosts(hosts)).toEqual(expected);
  });

  test('ranges, read as an inventory reads them, give the hosts back', () => {
    const host = fc
      .tuple(
        fc.constantFrom('gw', 'fw-', '10.0.'),
        fc.integer({ min: 0, max: 30 }),
        fc.boolean(),
        fc.constantFrom('', '.x1', '.7'),
      )
      .map(
        ([prefix, number, isPadded, suffix]) =>
          `${prefix}${isPadded ? String(number).padStart(3, '0') : number}${suffix}`,
      );
    fc.assert(
      fc.property(fc.uniqueArray(host, { maxLength: 40 }), (hosts) => {
        expect(foldHosts(hosts).flatMap(expand).sort()).toEqual([...hosts].sort());
      }),
      { seed: 7 },
    );
  });
});

function expand(entry: string): readonly string[] {
  const range = /^(.*)\[(\d+):(\d+)\](.*)$/.exec(entry);
  if (range === null) return [entry];
  const [, before, first = '', last, after] = range;
  const width = first.startsWith('0') ? first.length : 1;
  const size = Number(last) - Number(first) + 1;
  return Array.from(
    { length: size },
    (_, i) => `${before}${String(Number(first) + i).padStart(width, '0')}${after}`,
  );
}

test('listHosts says how many, and leaves out the middle of a long list', () => {
  expect(listHosts([])).toBe('no hosts');
  expect(listHosts(['gw1'])).toBe('gw1');
  expect(listHosts(names('gw', 50))).toBe('gw[1:50] (50 hosts)');
  expect(listHosts(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])).toBe('a, b, c, d, e … h (8 hosts)');
  expect(listHosts(['a', 'b', 'c', 'd'], 3)).toBe('a, b … d (4 hosts)');
});
