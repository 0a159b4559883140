import { expect, test } from 'vitest';
import { refusalProblem } from '../../src/gateway/refusals.ts';
import { formatProblem } from '../../src/problem.ts';
import { desiredState } from './desired.ts';

const ruleset = {
  family: 'ipv4' as const,
  text: '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j MASQUERADE\nCOMMIT\n',
  tables: ['nat'],
  sources: [undefined, undefined, { template: 'templates/nat.hbs', line: 12 }, undefined],
};

test('a rule that the kernel refuses is blamed on its template, line and host', () => {
  const refusal = { code: 'kernel-refused', text: 'ipv4 3 iptables-restore: line 4 failed' };
  expect(formatProblem(refusalProblem('gw1', refusal, desiredState([ruleset])))).toBe(
    [
      "templates/nat.hbs:12 (gw1): the gateway's kernel refuses this ipv4 rule: -A PREROUTING -j MASQUERADE",
      '    Correct the rule; nothing was changed on the gateway.',
      '    It gives no reason; its log may: dmesg | tail',
    ].join('\n'),
  );
});

test('of a partial, the lines that include it are told', () => {
  const includedBy = [
    { template: 'templates/outer.hbs', line: 3 },
    { template: 'templates/nat.hbs', line: 7 },
  ];
  const source = { template: 'templates/partials/out.hbs', line: 1, includedBy };
  const desired = desiredState([{ ...ruleset, sources: [undefined, undefined, source, undefined] }]);
  const refusal = { code: 'kernel-refused', text: 'ipv4 3 iptables-restore: line 4 failed' };
  expect(formatProblem(refusalProblem('gw1', refusal, desired))).toContain(
    "templates/partials/out.hbs:1 (gw1): the gateway's kernel refuses this ipv4 rule: -A PREROUTING -j MASQUERADE (included by templates/outer.hbs:3, by templates/nat.hbs:7)\n",
  );
});

test('a refusal without a word of ours is still told', () => {
  expect(refusalProblem('gw1', { code: 'strange', text: '' })).toMatchObject({
    code: 'strange',
    host: 'gw1',
    message: 'the gateway refused (strange)',
  });
});
