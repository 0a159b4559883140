import { describe, expect, test } from 'vitest';
import { countDiff, diffStanding, isEmpty } from '../../src/plan/diff.ts';
import { formatDiff } from '../../src/plan/format-diff.ts';

const rule = (address: number) => `-A INPUT -s 10.0.0.${address}/32 -j ACCEPT`;
const table = (...lines: string[]) => ['*filter', ...lines, 'COMMIT', ''].join('\n');
const nothing = { live: '', canonical: '' };

const live = table(':INPUT ACCEPT', ':OLD -', ...[1, 2, 3, 4, 5, 6].map(rule), '-A OLD -j DROP');
const canonical = table(':INPUT DROP', ':WEB -', ...[6, 1, 2, 3, 4, 7].map(rule), '-A WEB -j RETURN');
const written = {
  family: 'ipv4' as const,
  tables: ['filter'],
  text: canonical,
  sources: canonical
    .split('\n')
    .map((text, index) =>
      text.startsWith('-A WEB')
        ? { template: 'web.hbs', line: 2, includedBy: [{ template: 'edge.rules.hbs', line: index + 1 }] }
        : { template: 'edge.rules.hbs', line: index + 1 },
    ),
};

const standing = {
  families: [{ family: 'ipv4' as const, live, canonical }],
  sets: {
    live: 'create s hash:ip family inet\nadd s 10.0.0.1\n',
    canonical: `create s hash:ip family inet\n${Array.from({ length: 25 }, (_, n) => `add s 10.1.0.${n}\n`).join('')}`,
  },
  sysctls: { live: 'net.ipv4.ip_forward = 0\n', canonical: 'net.ipv4.ip_forward = 1\n' },
  persistence: 'the boot unit is missing',
};

describe('the diff of a gateway', () => {
  const diff = diffStanding(standing, [written]);

  test('reads like a unified diff of each chain, with moves, and with where a rule was written', () => {
    expect(formatDiff(diff)).toBe(`--- before: ipv4 filter
+++ after: ipv4 filter
@@ policy @@ INPUT
-:INPUT ACCEPT [0:0]
+:INPUT DROP [0:0]
@@ -1,6 +1,6 @@ INPUT
~-A INPUT -s 10.0.0.6/32 -j ACCEPT  # moved from 6 to 1, edge.rules.hbs:4
 -A INPUT -s 10.0.0.1/32 -j ACCEPT
 -A INPUT -s 10.0.0.2/32 -j ACCEPT
 -A INPUT -s 10.0.0.3/32 -j ACCEPT
 -A INPUT -s 10.0.0.4/32 -j ACCEPT
--A INPUT -s 10.0.0.5/32 -j ACCEPT
~-A INPUT -s 10.0.0.6/32 -j ACCEPT  # moves from 6 to 1
+-A INPUT -s 10.0.0.7/32 -j ACCEPT  # edge.rules.hbs:9
@@ new chain @@ WEB
+:WEB - [0:0]
@@ -0,0 +1 @@ WEB
+-A WEB -j RETURN  # web.hbs:2 (included by edge.rules.hbs:10)
@@ chain gone @@ OLD
-:OLD - [0:0]
@@ -1 +0,0 @@ OLD
--A OLD -j DROP
--- before: ipset s
+++ after: ipset s
-add s 10.0.0.1
${Array.from({ length: 20 }, (_, n) => `+add s 10.1.0.${n}\n`).join('')}+… and 5 more
--- before: sysctls
+++ after: sysctls
-net.ipv4.ip_forward = 0
+net.ipv4.ip_forward = 1
`);
  });

  test('counts a policy and a parameter that change on both sides, and a move on neither', () => {
    // policy, rule, chain and its rule, member or members, parameter
    expect(countDiff(diff)).toEqual({ added: 1 + 1 + 2 + 25 + 1, removed: 1 + 1 + 2 + 1 + 1, moved: 1 });
  });

  test('speaks of the next boot where nothing else differs', () => {
    const same = { families: [], sets: nothing, sysctls: nothing };
    const boot = diffStanding({ ...same, persistence: 'the boot unit is missing' }, []);
    expect(boot.nextBoot).toBe('the boot unit is missing');
    expect(diff.nextBoot).toBeUndefined();
    expect(isEmpty(diffStanding(same, []))).toBe(true);
  });
});
