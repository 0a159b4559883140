import { expect, it } from 'vitest';
import { isJinja } from '../../../src/inventory/jinja/is-jinja.ts';

it.each(['{{ x }}', 'a{% if b %}', '{# note #}', ['a', '{{ x }}'], { a: { b: '{{ x }}' } }])(
  'finds Jinja in %j',
  (value) => {
    expect(isJinja(value)).toBe(true);
  },
);

it.each(['', '{ x }', '}}', '%}', '{a:1}', 5, null, true, [], { '{{ key }}': 1 }])(
  'finds none in %j',
  (value) => {
    expect(isJinja(value)).toBe(false);
  },
);
