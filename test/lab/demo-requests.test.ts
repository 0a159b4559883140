import { describe, expect, test } from 'vitest';
import { formatTallies, isEven, type Tally } from '../../src/lab/demo-requests.ts';

const backends = ['b1', 'b2', 'b3'];
const tally = (answers: Tally['answers'], failures: Tally['failures'] = {}): Tally => {
  return { gateway: 'gw1', family: 'IPv4', answers, failures };
};

describe('isEven', () => {
  test.each([
    ['equal shares', tally({ b1: 10, b2: 10, b3: 10 }), true],
    ['one more here, one less there', tally({ b1: 11, b2: 9, b3: 10 }), false],
    ['a backend that nobody reached', tally({ b1: 15, b2: 15 }), false],
    ['equal shares of too few requests', tally({ b1: 9, b2: 9, b3: 9 }), false],
    ['a failure', tally({ b1: 10, b2: 10, b3: 10 }, { 'timed out': 1 }), false],
    ['an answer from somebody else', tally({ b1: 10, b2: 10, b3: 10, b9: 10 }), false],
    ['nothing at all', tally({}), false],
  ])('%s', (_, counted, expected) => {
    expect(isEven(counted, backends, 30)).toBe(expected);
  });
});

test('counts stand in a line for each gateway, failures beside them', () => {
  const tallies: readonly Tally[] = [
    tally({ b1: 100, b2: 100, b3: 100 }),
    { ...tally({ b1: 1 }, { 'timed out': 2 }), family: 'IPv6' },
  ];
  expect(formatTallies(tallies, backends)).toBe(
    `             IPv4:    b1    b2    b3   IPv6:    b1    b2    b3
  gw1                100   100   100             1     0     0 2 × timed out
`,
  );
});
