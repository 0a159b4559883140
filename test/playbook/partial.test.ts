import { describe, expect, test } from 'vitest';
import type { Vars } from '../../src/inventory/model.ts';
import { circleProblems } from '../../src/playbook/partial.ts';
import { renderPlay } from '../../src/playbook/render.ts';
import { Vaulted } from '../../src/sensitive.ts';
import { fleet, hostOf, playOf, renderOne, restoreText, templatesOf } from './fleet.ts';

type Texts = { readonly [name: string]: string };

/** The rules of a template body inside *filter that may include partials. */
function rules(body: string, partials: Texts, vars: Vars = {}): readonly string[] {
  const { rulesets, problems } = render(body, partials, vars);
  expect(problems).toEqual([]);
  return (rulesets[0]?.text ?? '').split('\n').filter((line) => line.startsWith('-A'));
}

const render = (body: string, partials: Texts, vars: Vars = {}) =>
  renderOne(`*filter\n${body}\nCOMMIT\n`, vars, ['ipv4'], fleet, partials);

/** Where each problem is, and what it says. */
const complaints = (body: string, partials: Texts, vars: Vars = {}) =>
  render(body, partials, vars).problems.map(({ file, line, message }) => `${file}:${line}: ${message}`);

describe('a partial', () => {
  const vars = { port: 22, admins: ['10.0.0.1', '10.0.0.2'], web: { port: 443 }, name: 'all' };
  const accept = '-A INPUT -s {{from}} -p tcp --dport {{port}} -j ACCEPT\n';
  const each = (inside: string) => `{{#each admins}}\n${inside}\n{{/each}}`;

  test.each<[string, string, Texts, readonly string[]]>([
    [
      'stands among the rules, in their order',
      '-A INPUT -j ACCEPT\n{{> p}}\n-A INPUT -j RETURN',
      { p: '-A INPUT -j DROP\n' },
      ['-A INPUT -j ACCEPT', '-A INPUT -j DROP', '-A INPUT -j RETURN'],
    ],
    [
      'may lack its last line feed, and be indented',
      '-A INPUT -j ACCEPT\n   {{> p}}  \n-A INPUT -j RETURN',
      { p: '-A INPUT -j DROP' },
      ['-A INPUT -j ACCEPT', '-A INPUT -j DROP', '-A INPUT -j RETURN'],
    ],
    [
      'joins no line, whatever blanks are taken off around it',
      '-A INPUT -s {{admins.[0]~}}\n{{~> p ~}}\n-A INPUT -j RETURN',
      { p: '{{~! x ~}}\n-A INPUT -j DROP{{~! x ~}}\n' },
      ['-A INPUT -s 10.0.0.1', '-A INPUT -j DROP', '-A INPUT -j RETURN'],
    ],
    ['may be empty', '-A INPUT -j ACCEPT\n{{> p}}\n', { p: '' }, ['-A INPUT -j ACCEPT']],
    [
      'sees all variables at the top',
      '{{> p}}',
      { p: '-A INPUT -p tcp --dport {{port}}' },
      ['-A INPUT -p tcp --dport 22'],
    ],
    [
      'sees what it is given before them',
      '{{> p port=80}}',
      { p: '-A INPUT -p tcp --dport {{port}} -m comment --comment {{name}}-{{@root.port}}' },
      ['-A INPUT -p tcp --dport 80 -m comment --comment all-22'],
    ],
    [
      'sees a mapping that it is given instead',
      '{{> p web}}',
      { p: '-A INPUT -p tcp --dport {{port}} -m comment --comment {{default name "none"}}' },
      ['-A INPUT -p tcp --dport 443 -m comment --comment none'],
    ],
    [
      'sees the item of a loop, its number and what is named',
      each('{{> p number=@index}}'),
      { p: '-A INPUT -m comment --comment {{number}}-{{@index}}' },
      ['-A INPUT -m comment --comment 0-0', '-A INPUT -m comment --comment 1-1'],
    ],
    [
      'is this itself, where it is given nothing',
      each('{{> p}}'),
      { p: '-A INPUT -s {{this}}' },
      ['-A INPUT -s 10.0.0.1', '-A INPUT -s 10.0.0.2'],
    ],
    [
      'takes values of helpers, lists too',
      '{{> p hosts_=(hosts "web") ports=admins}}',
      { p: '-A INPUT -m comment --comment {{length hosts_}}-{{join ports "-"}}' },
      ['-A INPUT -m comment --comment 3-10.0.0.1-10.0.0.2'],
    ],
    [
      'includes others',
      '{{> a/b.rules.hbs from="10.9.9.9"}}',
      { 'a/b.rules.hbs': '-A INPUT -j ACCEPT\n{{> accept port=1}}\n-A INPUT -j RETURN\n', accept },
      ['-A INPUT -j ACCEPT', '-A INPUT -s 10.9.9.9 -p tcp --dport 1 -j ACCEPT', '-A INPUT -j RETURN'],
    ],
    [
      'knows families, blocks and its own loops',
      '{{> p list=admins}}',
      {
        p: '{{#ipv4}}\n{{#each list}}\n-A INPUT -s {{this}} -p tcp --dport {{../port}}\n{{/each}}\n{{/ipv4}}\n{{#ipv6}}\nnonsense\n{{/ipv6}}\n',
      },
      ['-A INPUT -s 10.0.0.1 -p tcp --dport 22', '-A INPUT -s 10.0.0.2 -p tcp --dport 22'],
    ],
    [
      'may have any file name, in quotes',
      '{{> "10 of us.hbs"}}\n{{> ../up.hbs}}',
      { '10 of us.hbs': '-A INPUT -j ACCEPT\n', '../up.hbs': '-A INPUT -j DROP\n' },
      ['-A INPUT -j ACCEPT', '-A INPUT -j DROP'],
    ],
  ])('%s', (_, body, partials, expected) => {
    expect(rules(body, partials, vars)).toEqual(expected);
  });

  test('may hold tables, and each rule knows the line of the partial that it was written in', () => {
    const { rulesets, problems } = renderOne(
      '{{> nat.hbs}}\n*filter\n-A INPUT -j ACCEPT\n{{> two.hbs}}\nCOMMIT\n',
      {},
      ['ipv4'],
      fleet,
      {
        'nat.hbs': '*nat\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n',
        'two.hbs': '# first\n\n-A INPUT -j DROP\n',
      },
    );
    expect(problems).toEqual([]);
    const by = (line: number) => [{ template: 'one', line }];
    const { text = '', sources = [] } = rulesets[0] ?? {};
    const written = text
      .split('\n')
      .flatMap((line, index) => (line.startsWith('-A') ? [[line, sources[index]]] : []));
    expect(written).toEqual([
      ['-A POSTROUTING -j MASQUERADE', { template: 'nat.hbs', line: 2, includedBy: by(1) }],
      ['-A INPUT -j ACCEPT', { template: 'one', line: 3 }],
      ['-A INPUT -j DROP', { template: 'two.hbs', line: 3, includedBy: by(4) }],
    ]);
  });

  test('holds lines of sets as well', () => {
    const texts = {
      one: '*filter\nCOMMIT\n',
      sets: '{{> members.hbs name="a" list=admins}}\n',
      'members.hbs':
        'create {{name}} hash:ip family inet\n{{#each list}}\nadd {{../name}} {{this}}\n{{/each}}\n',
    };
    const play = playOf(
      '- { id: edge, hosts: edge, rules: [{ template: one }], ipsets: [{ template: sets }] }',
    );
    const rendered = renderPlay({ ...play, vars }, templatesOf(texts), fleet, hostOf(fleet, 'gw1'), {});
    expect(rendered.problems).toEqual([]);
    expect(restoreText(rendered)).toBe('create a hash:ip family inet\nadd a 10.0.0.1\nadd a 10.0.0.2\n');
    expect(rendered.sets[0]?.source).toEqual({
      template: 'members.hbs',
      line: 1,
      includedBy: [{ template: 'sets', line: 1 }],
    });
    const bad = renderPlay(
      { ...play, vars: { admins: ['10.0.0.1', 'web'] } },
      templatesOf(texts),
      fleet,
      hostOf(fleet, 'gw1'),
      {},
    );
    expect(bad.problems.map(({ file, line, message }) => `${file}:${line}: ${message}`)).toEqual([
      'templates/members.hbs:3: "web" is a name, not an address (included by templates/sets:1)',
    ]);
  });
});

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

describe('partials that go round in a circle', () => {
  test.each<[string, Texts, readonly string[]]>([
    ['itself', { a: '\n{{> a}}' }, ['templates/a:2: a includes itself']],
    ['two', { a: '{{> b}}', b: '\n{{> a}}' }, ['templates/b:2: a includes itself, by way of b']],
    [
      'three, under a condition',
      {
        x: '{{> a}}',
        a: '{{> b}}',
        b: '{{> c}}',
        c: '{{#if y}}\n{{> a}}\n{{else}}\n{{> d}}\n{{/if}}',
        d: '',
      },
      ['templates/c:2: a includes itself, by way of b, then c'],
    ],
    ['none, where two include one', { a: '{{> c}}\n{{> b}}', b: '{{> c}}', c: '' }, []],
  ])('%s', (_, texts, expected) => {
    const problems = circleProblems(templatesOf(texts));
    expect(problems.map(({ file, line, message }) => `${file}:${line}: ${message}`)).toEqual(expected);
  });
});
