import { describe, expect, test } from 'vitest';
import { renderPlay } from '../../src/playbook/render.ts';
import { formatProblem } from '../../src/problem.ts';
import { Vaulted } from '../../src/sensitive.ts';
import { fleet, hostOf, inputRules, playOf, renderSetTexts, restoreText, templatesOf } from './fleet.ts';

const told = (texts: readonly string[], vars = {}) => renderSetTexts(texts, vars).problems.map(formatProblem);

describe('families', () => {
  const text = [
    'create shared hash:mac',
    'add shared 02:00:00:00:00:01',
    '{{#ipv4}}',
    'create web hash:ip',
    '{{else}}',
    'create web hash:ip family inet6',
    '{{/ipv4}}',
    '{{#each (hosts "web[0:1]")}}',
    'add web {{address}}',
    '{{/each}}',
  ].join('\n');

  test('a template is rendered once in each; what comes out alike counts once', () => {
    const both = text
      .replaceAll('web hash', '{{#ipv4}}web4{{else}}web6{{/ipv4}} hash')
      .replace('add web', 'add {{#ipv4}}web4{{else}}web6{{/ipv4}}');
    expect(restoreText(renderSetTexts([both], {}, ['ipv4', 'ipv6'])).split('\n')).toEqual([
      'create shared hash:mac',
      'add shared 02:00:00:00:00:01',
      'create web4 hash:ip',
      'add web4 10.0.0.11',
      'add web4 10.0.0.12',
      'create web6 hash:ip family inet6',
      'add web6 2001:db8::11',
      'add web6 2001:db8::12',
      '',
    ]);
  });

  test('one name for both is a conflict, not a mixture', () => {
    expect(renderSetTexts([text], {}, ['ipv4', 'ipv6']).problems.map(formatProblem)).toMatchInlineSnapshot(`
      [
        "templates/s0:6 (gw1): web is created in other words in templates/s0:4
          Create it in one place, or in the same words.",
        "templates/s0:9 (gw1): "2001:db8::11" is an IPv6 address, and the set is of family inet
          Put it into a set of family inet6, between {{#ipv6}} and {{/ipv6}} if it comes from (hosts …).",
        "templates/s0:9 (gw1): "2001:db8::12" is an IPv6 address, and the set is of family inet
          Put it into a set of family inet6, between {{#ipv6}} and {{/ipv6}} if it comes from (hosts …).",
      ]
    `);
  });
});

test("fragments add to each other's sets; equal lines count once, lists stand last", () => {
  const { sets, problems } = renderSetTexts([
    'create l list:set\nadd l b\nadd l a\ncreate a hash:ip\nadd a 10.0.0.1\nadd a 10.0.0.1',
    'add a 10.0.0.2\ncreate b hash:ip\ncreate a hash:ip\nadd a 10.0.0.1/32\nadd l a',
  ]);
  expect(problems).toEqual([]);
  expect(sets.map(({ name, members }) => [name, ...members])).toEqual([
    ['a', 'add a 10.0.0.1', 'add a 10.0.0.2'],
    ['b'],
    ['l', 'add l b', 'add l a'],
  ]);
});

test('keep_members belongs to the sets that a template creates', () => {
  const play = playOf(
    '- { id: edge, hosts: edge, rules: [{ template: r }], ipsets: [{ template: a, vars: { x: 10.0.0.1 } }, { template: b, keep_members: true }] }',
  );
  const render = (a: string, b: string) =>
    renderPlay(play, templatesOf({ r: '*raw\nCOMMIT', a, b }), fleet, hostOf(fleet, 'gw1'), {});
  const { sets, problems } = render('create a hash:ip\nadd b {{x}}', 'create b hash:ip');
  expect(problems).toEqual([]);
  expect(sets.map(({ name, members, keepsMembers }) => ({ name, members, keepsMembers }))).toEqual([
    { name: 'a', members: [], keepsMembers: false },
    { name: 'b', members: ['add b 10.0.0.1'], keepsMembers: true },
  ]);
  expect(render('create a hash:ip', 'create a hash:ip').problems.map(formatProblem)).toEqual([
    'templates/b:1 (gw1): a is created both with keep_members and without, see templates/a:1\n    Say keep_members for all templates that create it, or for none.',
  ]);
});

test('conflicts and what nobody creates are told together', () => {
  expect(
    told([
      'create a hash:ip\nadd a 10.0.0.1\nadd aa 10.0.0.1\ncreate l list:set\ncreate m list:set\nadd l web\nadd m l\nadd m a',
      'create a hash:ip timeout 5\ncreate n hash:net\nadd n 10.0.0.0/8\nadd n 10.0.0.0/8 nomatch',
    ]).join('\n'),
  ).toMatchInlineSnapshot(`
    "templates/s1:1 (gw1): a is created in other words in templates/s0:1
        Create it in one place, or in the same words.
    templates/s0:3 (gw1): no template of this play creates the set aa
        Did you mean "a"? Create it in a template of the play: "create aa hash:ip".
    templates/s0:6 (gw1): the list l names the set web, which this play doesn't create
        A list holds sets of the same play: create web in one of its templates.
    templates/s0:7 (gw1): the list m can't hold l, which is a list itself
        Name the sets themselves.
    templates/s1:4 (gw1): 10.0.0.0/8 is added to n with other options in templates/s1:3
        A set holds each member once: keep one of the two."
  `);
});

test('a fragment that failed hides no set from the others', () => {
  expect(told(['create a hash:ip family {{nope}}', 'add a 10.0.0.1'])).toHaveLength(1);
});

test('values are told as in rules, with the tool that would read them', () => {
  const text =
    'create a hash:ip comment\nadd a {{x}}\nadd a 10.0.0.1 comment "{{q}}"\n{{x}} a\nadd a {{secret}}';
  expect(
    told([text], { x: '10.0.0.1 nomatch', q: 'say "hi"', secret: new Vaulted('…') }).join('\n'),
  ).toMatchInlineSnapshot(`
    "templates/s0:2 (gw1): x is "10.0.0.1 nomatch": it holds a space
        Each expression makes one token. Text with spaces may stand in double quotes: "{{ }}".
    templates/s0:3 (gw1): q is "say \\"hi\\"": it holds a double quote
        Change the value; ipset has no way to write it.
    templates/s0:4 (gw1): a line can't begin with a value ({{x}})
        Begin the line with create or add in the template itself.
    templates/s0:5 (gw1): secret comes out of a vault or from a password, and secrets are never rendered
        Rules, sets, sysctls and checks are readable on the gateway and in the journal: keep addresses and ports out of the vault. Only the headers of an http check may be secret."
  `);
});

test("rules may match sets that the play does not create: they may be another tool's", () => {
  const rules = [
    '-A INPUT -m set --match-set f2b-sshd src -j DROP',
    '-A INPUT -m set ! --match-set a.b:c src,dst -j SET --add-set seen src --exist --timeout 5',
  ];
  expect(inputRules(rules.join('\n'))).toEqual(rules);
});

test('a template that was not read is a problem', () => {
  const play = playOf('- { id: edge, hosts: edge, rules: [{ template: r }], ipsets: [{ template: x }] }');
  const { problems } = renderPlay(play, templatesOf({ r: '*raw\nCOMMIT' }), fleet, hostOf(fleet, 'gw1'), {});
  expect(problems).toMatchObject([{ code: 'unknown-template', file: 'site.yml', line: 1, host: 'gw1' }]);
});
