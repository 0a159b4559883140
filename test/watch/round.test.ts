import { describe, expect, test } from 'vitest';
import { type Findings, type Found, formatFindings, isOld, parseFindings } from '../../src/watch/findings.ts';
import { type Look, unseen } from '../../src/watch/health.ts';
import { afterRound, isDecided, lookOf } from '../../src/watch/round.ts';

const look = (verdict: Look['verdict'], at = 0): Look => ({ verdict, seen: verdict, at });
const patience = { fall: 2, rise: 1 };

describe('a round of looks', () => {
  test('tells who became another, and leaves those alone that were not looked at', () => {
    const before = { web1: { ...unseen(0), against: 1 }, web2: unseen(0), gone: unseen(0) };
    const { known, flips } = afterRound(
      before,
      new Map([
        ['web1', look('fail', 5)],
        ['web2', look('fail', 5)],
        ['web3', look('pass', 5)],
      ]),
      patience,
    );
    expect(flips.map(({ backend, after, looks }) => [backend, after.status, looks])).toEqual([
      ['web1', 'down', 2],
    ]);
    expect(known).toMatchObject({
      web1: { since: 5 },
      web2: { against: 1 },
      gone: unseen(0),
      web3: { since: 5 },
    });
    expect(isDecided(known, ['web1', 'web3', 'never'])).toBe(true);
    expect(isDecided(known, ['web1', 'web2'])).toBe(false);
  });

  test.each([
    [['fail', 'pass', 'unknown'], 'pass'],
    [['unknown', 'fail'], 'fail'],
    [['unknown', 'unknown'], 'unknown'],
    [[], undefined],
  ] as const)('from several places: %o is %s', (verdicts, expected) => {
    expect(lookOf(verdicts.map((verdict) => look(verdict)))?.verdict).toBe(expected);
  });
});

describe('findings', () => {
  const found = {
    backends: { web1: { ...unseen(3), falls: [1, 2], seen: 'tcp: refused' } },
    held: '[[],[]]',
  };
  const findings: Findings = {
    play: 'edge',
    inventories: ['prod'],
    lookedAt: 1000,
    everySeconds: 5,
    gateways: new Map<string, Found>([
      ['gw1', found],
      ['gw2', { backends: {}, weights: { web1: 3 } }],
      ['gw3', found],
    ]),
  };

  test('come back from their file as they were; gateways that see the same share an entry', () => {
    const text = formatFindings(findings);
    const read = parseFindings(text);
    expect([...(read?.gateways ?? [])].toSorted()).toEqual([...findings.gateways].toSorted());
    expect(read).toMatchObject({ play: 'edge', inventories: ['prod'], lookedAt: 1000, everySeconds: 5 });
    expect(JSON.parse(text).views).toHaveLength(2);
  });

  test.each([
    '',
    '{',
    '{"format":"sluice-watch","version":2}',
    formatFindings(findings).replace('"up"', '"sideways"'),
  ])('that nobody of us wrote are none: %s', (text) => expect(parseFindings(text)).toBeUndefined());

  test('are old once nobody has looked for a minute, or for three rounds of slow looks', () => {
    expect([61_000, 61_001].map((at) => isOld(findings, at))).toEqual([false, true]);
    const slow = { ...findings, everySeconds: 300 };
    expect([930_000, 931_001].map((at) => isOld(slow, at))).toEqual([false, true]);
  });
});
