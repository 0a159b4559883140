import { describe, expect, test } from 'vitest';
import type { Vars } from '../../src/inventory/model.ts';
import { circleProblems } from '../../src/playbook/partial.ts';
import { renderPlay } from '../../src/playbook/render.ts';
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
    const by = (line: number) => [{ template: 'templates/one', line }];
    const { text = '', sources = [] } = rulesets[0] ?? {};
    const written = text
      .split('\n')
      .flatMap((line, index) => (line.startsWith('-A') ? [[line, sources[index]]] : []));
    expect(written).toEqual([
      ['-A POSTROUTING -j MASQUERADE', { template: 'templates/nat.hbs', line: 2, includedBy: by(1) }],
      ['-A INPUT -j ACCEPT', { template: 'templates/one', line: 3 }],
      ['-A INPUT -j DROP', { template: 'templates/two.hbs', line: 3, includedBy: by(4) }],
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
      template: 'templates/members.hbs',
      line: 1,
      includedBy: [{ template: 'templates/sets', line: 1 }],
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
