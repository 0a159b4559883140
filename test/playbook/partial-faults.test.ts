import { describe, expect, test } from 'vitest';
import type { Vars } from '../../src/inventory/model.ts';
import { renderPlay } from '../../src/playbook/render.ts';
import { Vaulted } from '../../src/sensitive.ts';
import { fleet, hostOf, playOf, renderOne, templatesOf } from './fleet.ts';

type Texts = { readonly [name: string]: string };

const render = (body: string, partials: Texts, vars: Vars = {}) =>
  renderOne(`*filter\n${body}\nCOMMIT\n`, vars, ['ipv4'], fleet, partials);

/** Where each problem is, and what it says. */
const complaints = (body: string, partials: Texts, vars: Vars = {}) =>
  render(body, partials, vars).problems.map(({ file, line, message }) => `${file}:${line}: ${message}`);

describe('what is wrong in a partial is told with its line, and the line that includes it', () => {
  const inPartial = (line: number, message: string, by = 'templates/one:2') =>
    `templates/p:${line}: ${message} (included by ${by})`;
  const vars = {
    port: 22,
    text: 'a -j ACCEPT',
    list: ['10.0.0.1'],
    ansible_password: 'x',
    key: new Vaulted('…'),
  };

  test.each<[string, string, Texts, readonly string[]]>([
    [
      'an undefined variable',
      '{{> p}}',
      { p: '\n-A INPUT -s {{from}}' },
      [inPartial(2, 'from is not defined in this partial')],
    ],
    [
      'more than one token',
      '{{> p x=text}}',
      { p: '-A INPUT -s {{x}}' },
      [inPartial(1, 'x is "a -j ACCEPT": it holds a space')],
    ],
    [
      'a value at the start of a line',
      '{{> p}}',
      { p: '{{port}}' },
      [inPartial(1, "a line can't begin with a value ({{port}})")],
    ],
    [
      'a name for an address',
      '{{> p x="web"}}',
      { p: '-A INPUT -s {{x}} -j ACCEPT' },
      [inPartial(1, '"web" after -s is a name, not an address')],
    ],
    ['a line that is no rule', '{{> p}}', { p: 'x' }, [inPartial(1, '"x" is not a line of a rule set')]],
    [
      'a table inside a table',
      '{{> p}}',
      { p: '*nat\nCOMMIT' },
      [
        'templates/one:1: table filter is never committed',
        'templates/one:3: "COMMIT" stands outside a table',
      ],
    ],
    [
      'a chain that is not there',
      '{{> p}}',
      { p: '-A NOWHERE -j ACCEPT' },
      [inPartial(1, '-A NOWHERE: table filter has no such chain')],
    ],
    [
      'a policy that is another',
      ':INPUT DROP\n{{> p}}',
      { p: ':INPUT ACCEPT' },
      [inPartial(1, 'INPUT has the policy ACCEPT here and DROP in templates/one:2', 'templates/one:3')],
    ],
    [
      'a password',
      '{{> p}}',
      { p: '-A INPUT -s {{ansible_password}}' },
      [inPartial(1, 'ansible_password is a password, and secrets are never rendered')],
    ],
    [
      'a secret by another name',
      '{{> p x=key}}',
      { p: '-A INPUT -s {{x}}' },
      [inPartial(1, 'key comes out of a vault or from a password, and secrets are never rendered')],
    ],
    [
      'a secret in a condition',
      '{{> p x=key}}',
      { p: '{{#if x}}\n-A INPUT\n{{/if}}' },
      [inPartial(1, 'key comes out of a vault or from a password, and secrets are never rendered')],
    ],
    [
      'what lies outside of it',
      '{{#each list}}\n{{> p}}\n{{/each}}',
      { p: '-A INPUT -s {{../port}}' },
      [inPartial(1, '../port means nothing here', 'templates/one:3')],
    ],
    [
      'a name that the block around has given',
      '{{#each list as |one|}}\n{{> p x=1}}\n{{/each}}',
      { p: '-A INPUT -s {{one}}' },
      [inPartial(1, 'one is not defined in this partial', 'templates/one:3')],
    ],
    [
      'a variable inside its own block',
      '{{> p}}',
      { p: '{{#each list}}\n-A INPUT -p tcp --dport {{port}}\n{{/each}}' },
      [inPartial(2, 'port is not defined inside this block')],
    ],
    [
      'one partial in another',
      '{{> q}}',
      { q: '\n\n{{> p}}', p: '-A INPUT -s {{from}}' },
      [inPartial(1, 'from is not defined in this partial', 'templates/q:3, by templates/one:2')],
    ],
    [
      'each of two lines that include it',
      '{{> p x=1}}\n-A INPUT -j ACCEPT\n{{> p}}\n{{> p}}',
      { p: '-A INPUT -p tcp --dport {{x}}' },
      [
        inPartial(1, 'x is not defined in this partial', 'templates/one:4'),
        inPartial(1, 'x is not defined in this partial', 'templates/one:5'),
      ],
    ],
    [
      'what it is given is the includer’s',
      '{{> p x=nope}}\n{{> p nope}}',
      { p: '-A INPUT -p tcp --dport {{x}}' },
      ['templates/one:2: nope is not defined', 'templates/one:3: nope is not defined'],
    ],
    [
      'all at once',
      '{{> p}}\n-A INPUT -s {{b}}',
      { p: '-A INPUT -s {{a}}\n-A INPUT -s {{c}}' },
      [
        inPartial(1, 'a is not defined in this partial'),
        inPartial(2, 'c is not defined in this partial'),
        'templates/one:3: b is not defined',
      ],
    ],
    [
      'a template that was not read',
      '{{> nowhere}}',
      {},
      ['templates/one:2: there is no template "nowhere"'],
    ],
  ])('%s', (_, body, partials, expected) => {
    expect(complaints(body, partials, vars)).toEqual(expected);
  });

  test('with what to do about it', () => {
    const remedy = (body: string, p: string) => render(body, { p }, vars).problems[0]?.remedy;
    expect(remedy('{{> p chains=1}}', '-A INPUT -m comment --comment {{chain}}')).toBe(
      'Did you mean "chains"? Give it where the partial is included, {{> NAME chain=…}}, or a fallback: (default chain …).',
    );
    expect(remedy('{{#each list}}\n{{> p}}\n{{/each}}', '-A INPUT -p tcp --dport {{port}}')).toBe(
      'Give it where the partial is included, {{> NAME port=…}}, or write @root.port.',
    );
  });

  test('"../" that would lead out of it, with what to write instead', () => {
    expect(render('{{> p}}', { p: '-A INPUT -p tcp --dport {{../port}}' }, vars).problems[0]?.remedy).toBe(
      '"../" doesn\'t lead out of a partial: give it the value where it is included, {{> NAME port=…}}, or write @root.port.',
    );
  });

  test('two templates with the same mistake at the same line are both told', () => {
    const texts = { a: '*filter\n-A INPUT -s {{x}}\nCOMMIT\n', b: '*filter\n-A INPUT -s {{x}}\nCOMMIT\n' };
    const play = playOf('- { id: edge, hosts: edge, rules: [{ template: a }, { template: b }] }');
    const { problems } = renderPlay(play, templatesOf(texts), fleet, hostOf(fleet, 'gw1'), {});
    expect(problems.map(({ file, line }) => `${file}:${line}`)).toEqual(['templates/a:2', 'templates/b:2']);
  });
});
