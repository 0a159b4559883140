import { expect, it } from 'vitest';
import { pythonText } from '../../src/inventory/python-text.ts';
import { Sensitive, Vaulted } from '../../src/sensitive.ts';

it.each([
  ["it's", "it's"],
  [5, '5'],
  [1.5, '1.5'],
  [true, 'True'],
  [null, 'None'],
  [['a', "it's", 'both \'"', 'a\nb\\'], `['a', "it's", 'both \\'"', 'a\\nb\\\\']`],
  [{ a: [1, false], b: {} }, "{'a': [1, False], 'b': {}}"],
  [new Vaulted('$ANSIBLE_VAULT'), '*****'],
  [[new Sensitive('x')], '[[secret]]'],
])('writes %j', (value, text) => {
  expect(pythonText(value)).toBe(text);
});
