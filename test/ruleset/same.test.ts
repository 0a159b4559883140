import { expect, it } from 'vitest';
import { isSameRuleset } from '../../src/ruleset/same.ts';

const source = { template: 'edge', line: 3, includedBy: [{ template: 'outer', line: 7 }] };
const ruleset = { family: 'ipv4', text: '*filter\nCOMMIT\n', sources: [undefined, source] } as const;

it.each([
  ['family', { family: 'ipv6' }],
  ['text', { text: '*nat\nCOMMIT\n' }],
  ['number of lines', { sources: [undefined] }],
  ['line without a source', { sources: [source, source] }],
  ['template', { sources: [undefined, { ...source, template: 'core' }] }],
  ['line', { sources: [undefined, { ...source, line: 4 }] }],
  ['inclusion', { sources: [undefined, { template: 'edge', line: 3 }] }],
  ['including line', { sources: [undefined, { ...source, includedBy: [{ template: 'outer', line: 8 }] }] }],
] as const)('tells rule sets apart by their %s', (_what, other) => {
  expect(isSameRuleset(ruleset, { ...ruleset, ...other })).toBe(false);
  expect(isSameRuleset(ruleset, structuredClone(ruleset))).toBe(true);
});
