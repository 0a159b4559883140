import { describe, expect, test } from 'vitest';
import { sourcesIn } from '../../src/ruleset/sources.ts';

/** Sources of the canonical rules, as line numbers, of written rules that stand at the lines 1, 2, 3 … of a template. */
function linesOf(written: readonly string[], canonical: readonly string[], chain = 'INPUT') {
  const lines = ['*nat', 'COMMIT', '*filter', ':INPUT ACCEPT [0:0]', ...written, 'COMMIT'];
  const sources = lines.map((_, index) =>
    index >= 4 && index < 4 + written.length ? { template: 'a.hbs', line: index - 3 } : undefined,
  );
  const text = lines.map((line) => `${line}\n`).join('');
  return sourcesIn({ text, sources }, 'filter')(chain, canonical).map((source) => source?.line);
}

describe('a canonical rule', () => {
  test('comes from the written rule at its place in the chain', () => {
    const written = ['-A INPUT -i lo -j ACCEPT', '-A WEB -j DROP', '-A INPUT -p tcp --dport ssh -j ACCEPT'];
    expect(
      linesOf(written, ['-A INPUT -i lo -j ACCEPT', '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT']),
    ).toEqual([1, 3]);
    expect(linesOf(written, ['-A WEB -j DROP'], 'WEB')).toEqual([2]);
  });

  test.each([
    ['-s 10.0.0.1,10.0.0.2', 2],
    ['--source 10.0.0.1,10.0.0.2 -d 10.0.1.1,10.0.1.2,10.0.1.3', 6],
    ['--src=10.0.0.1,10.0.0.2', 2],
    ['-d10.0.0.1,10.0.0.2', 2],
    ['-p tcp -m multiport --dports 80,443', 1],
    ['-m comment --comment "-s 10.0.0.1,10.0.0.2"', 1],
  ])('of a rule with %s is one of %i', (match, count) => {
    const [comment] = /--comment .*/.exec(match) ?? [''];
    const canonical = Array.from({ length: count }, () => `-A INPUT ${comment} -j LOG`);
    expect(
      linesOf([`-A INPUT ${match} -j LOG`, '-A INPUT -j DROP'], [...canonical, '-A INPUT -j DROP']),
    ).toEqual([...canonical.map(() => 1), 2]);
  });

  test('has no source where others put rules into the chain, or their order is another', () => {
    const written = ['-A INPUT -i lo -j ACCEPT', '-A INPUT -j DROP'];
    expect(linesOf(written, ['-A INPUT -j f2b-sshd', ...written])).toEqual([]);
    expect(linesOf(written, ['-A INPUT -j f2b-sshd', '-A INPUT -j DROP'])).toEqual([]);
    expect(linesOf(written, written.toReversed())).toEqual([]);
    expect(linesOf(written, [], 'OTHER')).toEqual([]);
  });

  test('may have another target than was written, where iptables reads an old name', () => {
    expect(linesOf(['-A INPUT -j NOTRACK'], ['-A INPUT -j CT --notrack'])).toEqual([1]);
  });
});
