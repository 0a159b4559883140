import { expect, test } from 'vitest';
import { dropRates } from '../../src/ruleset/drops.ts';

const save = (...lines: readonly string[]) => ['*filter', ...lines, 'COMMIT', ''].join('\n');
const over = { family: 'ipv4', seconds: 10, globs: [] } as const;
const ratesOf = (before: string, after: string, globs: readonly string[] = []) =>
  Object.fromEntries(
    dropRates(before, after, { ...over, globs }).map(({ rule, perSecond }) => [rule, perSecond]),
  );

test('what drops or rejects counts, policies too, and nothing else', () => {
  const at = (n: number) =>
    save(
      `:INPUT DROP [${n}:9]`,
      `:FORWARD ACCEPT [${n}:9]`,
      `:LOGDROP - [0:0]`,
      `[${n * 2}:9] -A INPUT -p udp -j REJECT --reject-with icmp-port-unreachable`,
      `[${n * 3}:9] -A INPUT -p tcp -j LOGDROP`,
      `[${n * 4}:9] -A LOGDROP -j DROP`,
      `[${n * 5}:9] -A FORWARD -m comment --comment "no -j DROP here" -j ACCEPT`,
      `[${n * 6}:9] -A FORWARD -m comment --comment "say \\" -j DROP " -j RETURN`,
    );
  expect(ratesOf(at(0), at(10))).toEqual({
    'ipv4 filter -P INPUT DROP': 1,
    'ipv4 filter -A INPUT -p udp -j REJECT --reject-with icmp-port-unreachable': 2,
    'ipv4 filter -A LOGDROP -j DROP': 4,
  });
});

test('with globs, what one of them names counts, whatever it does', () => {
  const at = (n: number) =>
    save(':INPUT DROP [5:5]', `[${n}:9] -A FORWARD -p udp -j RETURN`, `[${n}:9] -A INPUT -j DROP`);
  expect(ratesOf(at(0), at(30), ['-A FORWARD *', '-P INPUT *'])).toEqual({
    'ipv4 filter -P INPUT DROP': 0,
    'ipv4 filter -A FORWARD -p udp -j RETURN': 3,
  });
});

test('rules of the same words count as one; one that is new, or whose counter fell, has counted since', () => {
  const before = save(
    '[100:1] -A INPUT -s 192.0.2.1/32 -j DROP',
    '[7:1] -A INPUT -j DROP',
    '[3:1] -A INPUT -j DROP',
  );
  const after = save(
    '[20:1] -A INPUT -s 192.0.2.1/32 -j DROP',
    '[40:1] -A INPUT -s 192.0.2.2/32 -j DROP',
    '[17:1] -A INPUT -j DROP',
    '[13:1] -A INPUT -j DROP',
  );
  expect(ratesOf(before, after)).toEqual({
    'ipv4 filter -A INPUT -s 192.0.2.1/32 -j DROP': 2,
    'ipv4 filter -A INPUT -s 192.0.2.2/32 -j DROP': 4,
    'ipv4 filter -A INPUT -j DROP': 2,
  });
});
