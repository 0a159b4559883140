import fc from 'fast-check';
import { expect, it } from 'vitest';
import { expandRanges } from '../../src/inventory/ranges.ts';

it.each([
  ['plain', ['plain']],
  ['h[1:3]', ['h1', 'h2', 'h3']],
  ['h[:2]', ['h0', 'h1', 'h2']],
  ['gw[01:03]', ['gw01', 'gw02', 'gw03']],
  ['gw[08:11].x', ['gw08.x', 'gw09.x', 'gw10.x', 'gw11.x']],
  ['[10:20:5]', ['10', '15', '20']],
  ['[a:c]', ['a', 'b', 'c']],
  ['[a:e:2]', ['a', 'c', 'e']],
  ['[y:B]', ['y', 'z', 'A', 'B']],
  ['[a:b][1:2]', ['a1', 'a2', 'b1', 'b2']],
  ['h[-1:1]', ['h-1', 'h0', 'h1']],
  ['h[3:1]', []],
  ['h[3:1:-1]', ['h3']],
])('expands %s', (pattern, names) => {
  expect(expandRanges(pattern)).toEqual({ names });
});

it.each([
  ['h[1:]', 'must specify its end'],
  ['h[:]', 'must specify its end'],
  ['h[1]', 'must be begin:end'],
  ['h[1:2:3:4]', 'must be begin:end'],
  ['h[1:3:0]', 'no usable step "0"'],
  ['h[1:3:x]', 'no usable step "x"'],
  ['h[aa:cc]', 'neither of numbers nor of single letters'],
  ['h[b:a]', 'must have begin <= end'],
  ['h[01:100]', 'equal length'],
  ['h[1:2', 'no closing "]"'],
  ['h[0:999][0:1000]', 'more than 1000000 hosts'],
])('refuses %s', (pattern, reason) => {
  expect(expandRanges(pattern)).toEqual({ error: expect.stringContaining(reason) });
});

it('counts inclusively, in steps, and pads to the width of the begin', () => {
  const range = fc.record({
    first: fc.nat(300),
    more: fc.nat(40),
    step: fc.integer({ min: 1, max: 7 }),
    width: fc.constantFrom(0, 4),
  });
  fc.assert(
    fc.property(range, ({ first, more, step, width }) => {
      const text = (number: number) => String(number).padStart(width, '0');
      const expansion = expandRanges(`gw[${text(first)}:${text(first + more)}:${step}].example`);
      const expected = Array.from(
        { length: Math.floor(more / step) + 1 },
        (_, index) => `gw${text(first + index * step)}.example`,
      );
      expect(expansion).toEqual({ names: expected });
    }),
    { seed: 1 },
  );
});

it('gives every combination of several ranges once, the last one changing fastest', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }), (sizes) => {
      const expansion = expandRanges(sizes.map((size) => `x[0:${size - 1}]`).join(''));
      const names = 'names' in expansion ? expansion.names : [];
      expect(names.length).toBe(sizes.reduce((product, size) => product * size, 1));
      expect([...new Set(names)].sort()).toEqual(names);
    }),
    { seed: 2 },
  );
});
