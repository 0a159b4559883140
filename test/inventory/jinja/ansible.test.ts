import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JinjaFault } from '../../../src/inventory/jinja/fault.ts';
import { Scope } from '../../../src/inventory/jinja/scope.ts';
import type { Value, Vars } from '../../../src/inventory/model.ts';
import { askAnsible, effort, withoutAnsible } from '../ansible/ansible.ts';
import { ANSWERS, VARS } from './answers.ts';

const names = ['a', 'b', 'c', 'd', 'e'] as const;

/** Names that a template may speak of: only those before it, as a loop costs Ansible a second of recursion. */
const before = (count: number) => fc.constantFrom(...names.slice(0, count), 'missing');

const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.integer({ min: -3, max: 30 }),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(
    '',
    'x',
    'web',
    'A b',
    '5',
    '-2',
    'True',
    'false',
    'None',
    '[1, 2]',
    "{'k': 'v'}",
    '[fe80::1]',
    'x,y',
    "it's",
    '{',
    'é',
  ),
);
const plainValue: fc.Arbitrary<Value> = fc.oneof(
  { weight: 3, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('k', 'key', 'x y'), fc.oneof(scalar, fc.array(scalar, { maxLength: 2 })), {
    maxKeys: 3,
  }),
);

const literal = fc.oneof(
  fc.constantFrom(
    "'x'",
    '"web"',
    "'5'",
    "''",
    '5',
    '0',
    'true',
    'False',
    'none',
    '[]',
    "['x', 1]",
    '{}',
    "{'k': 1}",
    "'a, b'",
  ),
  fc.integer({ min: 0, max: 99 }).map(String),
);
const expressionOf = (name: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.letrec<{ whole: string; small: string }>((tie) => ({
    small: fc.oneof(
      { maxDepth: 3 },
      name,
      literal,
      name.map((of) => `${of}.k`),
      name.map((of) => `${of}['key']`),
      fc.tuple(name, fc.integer({ min: -3, max: 3 })).map(([of, index]) => `${of}[${index}]`),
      fc
        .tuple(
          tie('small'),
          fc.constantFrom(
            'lower',
            'upper',
            'trim',
            'string',
            'length',
            'first',
            'last',
            'int',
            'bool',
            'count',
          ),
        )
        .map(([of, filter]) => `${of} | ${filter}`),
      fc.tuple(tie('small'), literal).map(([of, fallback]) => `${of} | default(${fallback})`),
      fc.tuple(tie('small'), tie('small')).map(([of, fallback]) => `${of} | d(${fallback}, true)`),
      tie('small').map((of) => `${of} | replace('x', 'yy')`),
      tie('small').map((of) => `${of} | split(',')`),
      tie('small').map((of) => `${of} | join('-')`),
      tie('small').map((of) => `(${of})`),
    ),
    whole: fc.oneof(
      { weight: 5, arbitrary: tie('small') },
      fc.tuple(tie('small'), tie('small')).map(([x, y]) => `${x} ~ ${y}`),
      fc.tuple(tie('small'), fc.constantFrom('+', '-', '//'), tie('small')).map((parts) => parts.join(' ')),
      fc
        .tuple(tie('small'), fc.constantFrom('==', '!=', '<', '<=', '>', '>=', 'in', 'not in'), tie('small'))
        .map((parts) => parts.join(' ')),
      fc.tuple(tie('small'), fc.constantFrom('and', 'or'), tie('small')).map((parts) => parts.join(' ')),
      fc.tuple(tie('small'), tie('small'), tie('small')).map(([x, y, z]) => `${x} if ${y} else ${z}`),
      tie('small').map((of) => `not ${of}`),
      fc
        .tuple(name, fc.constantFrom('defined', 'not defined', 'undefined', 'none'))
        .map(([of, test]) => `${of} is ${test}`),
    ),
  })).whole;

const templateOf = (expression: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 4, arbitrary: expression.map((inner) => `{{ ${inner} }}`) },
    fc.tuple(expression, expression).map(([x, y]) => `{{ ${x} }} and {{${y}}}`),
    expression.map((inner) => `pre-{{ ${inner} }}`),
    expression.map((inner) => `[{{ ${inner} }}]`),
    expression.map((inner) => `{{ ${inner} }}\n`),
    expression.map((inner) => ` {{- ${inner} -}} {# note #} z`),
  );

const writtenAt = (index: number) => {
  const template = templateOf(expressionOf(before(index)));
  return fc.oneof(
    { weight: 2, arbitrary: plainValue },
    { weight: 1, arbitrary: template },
    { weight: 1, arbitrary: fc.array(template, { maxLength: 2 }) },
  );
};
const question = fc.record({
  vars: fc.record(Object.fromEntries(names.map((name, index) => [name, writtenAt(index)]))),
  template: templateOf(expressionOf(before(names.length))),
});

/** What a variable comes to, or the kind of fault that it ends in. */
function answerOf(vars: Vars, text: string): { value: unknown } | { fault: string } {
  const source = {
    host: 'h',
    raw: (key: string) => ({ ...vars, answer: text })[key] as Value | undefined,
    names: () => [],
  };
  try {
    return { value: new Scope(source).resolve('answer') };
  } catch (error) {
    if (!(error instanceof JinjaFault)) throw error;
    return { fault: `${error.kind}: ${error.message}` };
  }
}

describe.skipIf(withoutAnsible !== undefined)(
  `Ansible${withoutAnsible === undefined ? '' : ` (SKIPPED: ${withoutAnsible})`}`,
  () => {
    it('gives the answers that are kept for where it is missing', () => {
      const answers = askAnsible(ANSWERS.map(([template]) => ({ vars: VARS, template })));
      expect(answers).toEqual(ANSWERS.map(([, value]) => ({ value })));
    });

    it('resolves generated templates to the same values, and fails where Ansible fails', {
      timeout: 600_000,
    }, () => {
      const cases = fc.sample(question, { numRuns: 600 * effort, seed: 14 });
      const answers = askAnsible(cases);
      const otherwise = cases.flatMap((asked, index) => {
        const ours = answerOf(asked.vars, asked.template);
        const theirs = answers[index];
        const isSame =
          theirs !== undefined && 'value' in theirs
            ? 'value' in ours && JSON.stringify(ours.value) === JSON.stringify(theirs.value)
            : // Jinja resolves all variables of a template first, used or not; here one that isn't used may be broken.
              'fault' in ours || /unhandled exception/.test(JSON.stringify(theirs));
        return isSame ? [] : [{ ...asked, ours, theirs }];
      });
      expect(otherwise.slice(0, 12)).toEqual([]);
    });
  },
);
