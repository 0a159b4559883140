import { describe, expect, test } from 'vitest';
import { findOwnershipConflicts } from '../../src/playbook/ownership.ts';
import { parsePlaybook } from '../../src/playbook/parse.ts';
import { renderPlay } from '../../src/playbook/render.ts';
import { formatProblem } from '../../src/problem.ts';
import { fleet, hostOf, playOf, templatesOf } from './fleet.ts';

const chains = 'scope: chains, prefix: EDGE-';
const write = (keys: string, id = 'edge') =>
  `- { id: ${id}, hosts: edge, rules: [{ template: one }], ${keys} }`;
const problemsOf = (keys: string) =>
  parsePlaybook(write(keys), 'site.yml').problems.map(({ message }) => message);

function render(body: string, keys: string) {
  const templates = templatesOf({ one: `*filter\n${body}\nCOMMIT\n` });
  const { rulesets, problems } = renderPlay(playOf(write(keys)), templates, fleet, hostOf(fleet, 'gw1'), {});
  return problems.length > 0 ? problems.map(formatProblem).join('\n') : (rulesets[0]?.text ?? '');
}

describe('the keys', () => {
  test('give what a play owns', () => {
    expect(playOf(write('keep: ["DOCKER*", "f2b-*"]')).scope).toEqual({
      kind: 'tables',
      keep: ['DOCKER*', 'f2b-*'],
    });
    const jumps = 'jumps: { filter INPUT: last, filter FORWARD: { after: DOCKER-USER } }';
    expect(playOf(write(`${chains}, ${jumps}`)).scope).toEqual({
      kind: 'chains',
      prefix: 'EDGE-',
      mark: 'sluice:edge',
      jumps: [
        { table: 'filter', chain: 'INPUT', at: 'last' },
        { table: 'filter', chain: 'FORWARD', at: 'after', anchor: 'DOCKER-USER' },
      ],
    });
  });

  test.each([
    ['scope: chains', "prefix is missing: with scope: chains it says which chains are the play's own"],
    ['prefix: EDGE-', 'prefix goes with scope: chains only'],
    ['jumps: { filter INPUT: first }', 'jumps goes with scope: chains only'],
    [
      `${chains}, keep: [x]`,
      'keep goes with scope: tables only: with scope: chains, all chains of others stay',
    ],
    ['scope: chains, prefix: FOR', 'prefix is "FOR": the built-in chain FORWARD begins with it'],
    ['scope: chains, prefix: DOCKER-EDGE-', 'prefix is "DOCKER-EDGE-": chains of Docker begin with it'],
    ['scope: chains, prefix: KU', 'prefix is "KU": chains of kube-proxy begin with it'],
    [
      `${chains}, jumps: { filter EDGE-IN: first }`,
      'jumps.filter EDGE-IN is a chain of the play itself: its rules stand in the order of the templates',
    ],
    [
      `${chains}, jumps: { filter PREROUTING: first }`,
      "jumps.filter PREROUTING names a chain that table filter doesn't have",
    ],
    [
      `${chains}, jumps: { filter INPUT: { after: EDGE-X } }`,
      'jumps.filter INPUT has a chain of the play itself for an anchor',
    ],
    ['keep: ["a b"]', 'keep[0] is "a b": it must be the name of a chain, which may hold * and ?'],
    ['scope: all', 'scope is "all": it must be tables or chains'],
  ])('%s is a problem', (keys, message) => {
    expect(problemsOf(keys)).toEqual([message]);
  });
});

describe('scope: chains', () => {
  test('marks the rules in chains of others, and declares no built-in chain', () => {
    const body = [
      ':EDGE-IN - [0:0]',
      '-A INPUT -p tcp -j EDGE-IN',
      '-A DOCKER-USER -i {{uplink}} -j EDGE-IN',
      '-A EDGE-IN -p tcp --dport 22 -j ACCEPT',
      '-A EDGE-IN -j f2b-sshd',
    ];
    expect(render(body.join('\n'), chains)).toBe(
      [
        '*filter',
        ':EDGE-IN - [0:0]',
        '-A INPUT -m comment --comment "sluice:edge" -p tcp -j EDGE-IN',
        '-A DOCKER-USER -m comment --comment "sluice:edge" -i eth0 -j EDGE-IN',
        '-A EDGE-IN -p tcp --dport 22 -j ACCEPT',
        '-A EDGE-IN -j f2b-sshd',
        'COMMIT',
        '',
      ].join('\n'),
    );
  });

  test('refuses what is not its own, line by line', () => {
    const body = [
      ':INPUT DROP',
      ':OTHER -',
      ':EDGE-IN -',
      '-A INPUT -j ACCEPT',
      '-A INPUT -j EDGE-OUT',
      '-A EDGE-FWD -j DROP',
    ];
    expect(render(body.join('\n'), chains)).toMatchInlineSnapshot(`
      "templates/one:2 (gw1): INPUT has the policy DROP: with scope: chains, policies are not the play's
          Remove the line; end a chain of your own with -j DROP instead.
      templates/one:3 (gw1): the chain OTHER does not begin with the play's prefix EDGE-
          Name it EDGE-…; a chain of others needs no declaration.
      templates/one:5 (gw1): -A INPUT: with scope: chains, a chain that isn't the play's own takes only jumps to its own
          Move the rule to a chain EDGE-…, and jump to that.
      templates/one:6 (gw1): -j EDGE-OUT is neither a chain of table filter nor a target of ipv4
          Declare the chain in *filter: ":EDGE-OUT -".
      templates/one:7 (gw1): -A EDGE-FWD: table filter has no such chain
          Declare it in *filter: ":EDGE-FWD -"."
    `);
  });
});

describe('keep', () => {
  test('leaves its chains, and the jumps to them, to others alone', () => {
    const body = [':DOCKER-USER -', ':MINE -', '-A FORWARD -j DOCKER', '-A INPUT -j MINE', '-A INPUT -j LOG'];
    expect(render(body.join('\n'), 'keep: ["DOCKER*"]')).toMatchInlineSnapshot(`
      "templates/one:2 (gw1): keep: "DOCKER*" leaves the chain DOCKER-USER to others
          Give the chain another name, or narrow the glob.
      templates/one:4 (gw1): keep: "DOCKER*" leaves the chain DOCKER, and the jumps to it, to others
          Remove the rule: what is kept stays where it stands."
    `);
  });

  test('a glob that would match targets matches chains alone', () => {
    expect(render('-A INPUT -j LOG\n-A INPUT -j ACCEPT', 'keep: ["*"]')).toContain('-A INPUT -j ACCEPT');
  });
});

describe('two plays of one table', () => {
  const claim = (id: string, keys: string) => ({
    play: playOf(write(keys, id)),
    host: 'gw1',
    rulesets: [{ family: 'ipv4' as const, tables: ['filter'] }],
    sets: [],
    sysctls: [],
  });
  const told = (...plays: ReturnType<typeof claim>[]) =>
    findOwnershipConflicts(plays).map(formatProblem).join('\n');

  test('get along where each owns chains of its own', () => {
    expect(told(claim('a', 'scope: chains, prefix: A-'), claim('b', 'scope: chains, prefix: B-'))).toBe('');
  });

  test('conflict where one owns the table, or the prefixes overlap', () => {
    expect(told(claim('a', chains), claim('b', 'keep: [x]'))).toMatchInlineSnapshot(`
      "site.yml:1: plays "a" (site.yml:1) and "b" would both own table ipv4 filter of gw1
          One play owns the whole table, the other chains in it: give both scope: chains, or put the rules into one play."
    `);
    expect(told(claim('a', chains), claim('b', 'scope: chains, prefix: EDGE-LB-'))).toMatchInlineSnapshot(`
      "site.yml:1: plays "a" (site.yml:1) and "b" would both own chains EDGE-LB-* of table ipv4 filter of gw1
          Give each play a prefix of its own, of which none begins with another."
    `);
  });
});
