import { expect, test } from 'vitest';
import { changedInput } from '../../src/plan/compare-input.ts';
import { type InputToSave, savedInput } from '../../src/plan/saved-plan.ts';

const rules = (text: string, line = 1) => ({
  family: 'ipv4' as const,
  tables: ['filter'],
  text,
  sources: [{ template: 't.hbs', line }],
});
const FILTER = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n';
const check = (port: number) => ({ name: 'ssh', probe: { kind: 'tcp', port } });
const INPUT: InputToSave = {
  addresses: ['192.0.2.1:22'],
  desired: {
    rulesets: [rules(FILTER)],
    sets: [],
    sysctls: [{ key: 'net.a', value: '1' }],
    persist: true,
    conntrack: 'leave',
  },
  checks: [check(22)],
  confirmWithinSeconds: 60,
};

test.each([
  ['nothing', INPUT, []],
  ['the line of a rule', { ...INPUT, desired: { ...INPUT.desired, rulesets: [rules(FILTER, 2)] } }, []],
  [
    'a rule',
    { ...INPUT, desired: { ...INPUT.desired, rulesets: [rules(FILTER.replace('lo', 'eth0'))] } },
    ['ipv4 filter (INPUT: +1 -1)'],
  ],
  [
    'a sysctl',
    { ...INPUT, desired: { ...INPUT.desired, sysctls: [{ key: 'net.a', value: '2' }] } },
    ['sysctl net.a'],
  ],
  ['a check', { ...INPUT, checks: [check(443)] }, ['check ssh']],
  [
    'where it is',
    { ...INPUT, addresses: ['192.0.2.2:22'] },
    ['its address (192.0.2.1:22 then, 192.0.2.2:22 now)'],
  ],
  ['the deadline', { ...INPUT, confirmWithinSeconds: 30 }, ['confirm_within (60 then, 30 now)']],
] satisfies [string, InputToSave, string[]][])('when %s changed, that is named', (_, now, expected) => {
  expect(changedInput(savedInput(INPUT), savedInput(now))).toEqual(expected);
});
