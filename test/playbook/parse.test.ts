import { describe, expect, test } from 'vitest';
import { parsePlaybook } from '../../src/playbook/parse.ts';
import { formatProblem } from '../../src/problem.ts';

const smallest = '- id: edge\n  hosts: edge\n  rules:\n    - template: base.rules.hbs\n';

/** A playbook of one play with more lines under it. */
const withLines = (...lines: string[]) =>
  parsePlaybook(`${smallest}${lines.map((line) => `  ${line}\n`).join('')}`, 'site.yml');

const told = ({ problems }: ReturnType<typeof parsePlaybook>) => problems.map(formatProblem).join('\n');

describe('a play', () => {
  test('gets every default', () => {
    expect(parsePlaybook(smallest, 'site.yml')).toEqual({
      problems: [],
      plays: [
        {
          id: 'edge',
          name: 'edge',
          hosts: 'edge',
          families: ['ipv4'],
          vars: {},
          rules: [{ template: 'base.rules.hbs', vars: {}, tags: [], line: 4 }],
          ipsets: [],
          sysctls: [],
          notify: [],
          persist: true,
          conntrack: 'leave',
          scope: { kind: 'tables', keep: [] },
          enforce: true,
          contestedAfter: 3,
          rollout: {
            canary: { kind: 'count', count: 1 },
            serial: [{ kind: 'percentage', percentage: 100 }],
            order: { kind: 'inventory' },
            maxFailPercentage: 0,
            onFailure: 'stop',
            pause: [],
            confirmWithinSeconds: 60,
          },
          checks: [],
          backends: [],
          file: 'site.yml',
          line: 1,
        },
      ],
    });
  });

  test('gives its tags to every fragment', () => {
    const { plays } = parsePlaybook(
      '- id: a\n  hosts: [edge, "!old"]\n  tags: net, lb\n  rules:\n  - {template: x, tags: [lb, own]}\n  - {template: y}\n',
      'site.yml',
    );
    expect(plays[0]?.rules.map(({ tags }) => tags)).toEqual([
      ['net', 'lb', 'own'],
      ['net', 'lb'],
    ]);
    expect(plays[0]?.hosts).toBe('edge,!old');
  });

  test.each([
    ['canary: gw-fra-*', { canary: { kind: 'pattern', pattern: 'gw-fra-*' } }],
    ['canary: 3', { canary: { kind: 'count', count: 3 } }],
    ['canary: "3"', { canary: { kind: 'count', count: 3 } }],
    ['canary: 30%', { canary: { kind: 'percentage', percentage: 30 } }],
    ['canary: none', { canary: { kind: 'none' } }],
    ['canary: 0', { canary: { kind: 'none' } }],
    ['serial: 5', { serial: [{ kind: 'count', count: 5 }] }],
    ['serial: 12.5%', { serial: [{ kind: 'percentage', percentage: 12.5 }] }],
    [
      'serial: [1, 10%, "50%"]',
      {
        serial: [
          { kind: 'count', count: 1 },
          { kind: 'percentage', percentage: 10 },
          { kind: 'percentage', percentage: 50 },
        ],
      },
    ],
    ['confirm_within: 2m', { confirmWithinSeconds: 120 }],
    ['confirm_within: 90', { confirmWithinSeconds: 90 }],
    ['confirm_within: 1h', { confirmWithinSeconds: 3600 }],
    ['max_fail_percentage: 25', { maxFailPercentage: 25 }],
    ['max_failures: 3', { maxFailPercentage: 100, maxFailures: 3 }],
    ['{ max_failures: 3, max_fail_percentage: 10 }', { maxFailPercentage: 10, maxFailures: 3 }],
    ['apart: ha_pair', { apart: 'ha_pair' }],
    ['canary: { one_per: site }', { canary: { kind: 'one_per', variable: 'site' } }],
    ['order: shuffle', { order: { kind: 'shuffle' } }],
    ['order: { by: risk }', { order: { kind: 'by', variable: 'risk' } }],
    ['on_failure: rollback_wave', { onFailure: 'rollback_wave' }],
  ])('reads rollout %s', (line, policy) => {
    const { plays, problems } = withLines('rollout:', `  ${line}`);
    expect(problems).toEqual([]);
    expect(plays[0]?.rollout).toMatchObject(policy);
  });
});

describe('checks', () => {
  test.each([
    [
      'tcp: "203.0.113.1:443"',
      {
        from: 'controller',
        probe: { kind: 'tcp', target: '203.0.113.1:443', expect: 'open' },
        timeoutSeconds: 5,
        retries: 2,
        delaySeconds: 1,
      },
    ],
    [
      '{ tcp: "10.0.0.1:5432", expect: closed, from: gateway, timeout: 500ms, retries: 0, delay: 0 }',
      {
        name: 'tcp 10.0.0.1:5432 from gateway',
        probe: { kind: 'tcp', target: '10.0.0.1:5432', expect: 'closed' },
        timeoutSeconds: 0.5,
        retries: 0,
        delaySeconds: 0,
      },
    ],
    [
      '{ name: site, http: "http://x/", expect: 204 }',
      { name: 'site', probe: { kind: 'http', url: 'http://x/', expect: { status: 204 } } },
    ],
    [
      '{ http: "http://x/", expect: { body: ok } }',
      { probe: { kind: 'http', url: 'http://x/', expect: { body: 'ok' } } },
    ],
    [
      'command: "true"',
      { from: 'gateway', probe: { kind: 'command', command: 'true', expect: { exitCode: 0 } } },
    ],
    [
      '{ command: "id -u", expect: { stdout: "0", exit_code: 3 } }',
      { probe: { kind: 'command', command: 'id -u', expect: { exitCode: 3, stdout: '0' } } },
    ],
  ])('reads %s', (written, check) => {
    const { plays, problems } = withLines('checks:', `  - ${written}`);
    expect(problems).toEqual([]);
    expect(plays[0]?.checks[0]).toMatchObject(check);
  });

  test('that can outlast the deadline are refused, with the arithmetic', () => {
    const lines = (limit: string) => [
      'rollout:',
      `  confirm_within: ${limit}`,
      'checks:',
      '  - { name: slow, http: "http://x/", timeout: 10, retries: 3, delay: 2.5 }',
    ];
    expect(told(withLines(...lines('59s')))).toBe(
      'site.yml:8: check "slow" may take longer than the gateway waits: (10 s timeout + 2.5 s delay) × 4 tries + 10 s to reconnect = 60 s, but confirm_within is 59 s\n' +
        '    Set rollout.confirm_within to at least 60 s, or lower timeout, delay or retries.',
    );
    expect(told(withLines(...lines('60s')))).toBe('');
  });
});

describe('problems', () => {
  test('come all at once, each at its line, in words', () => {
    const text = [
      '- id: .hidden',
      '  hots: edge',
      '  scope: tables',
      '  families: [ipv4, ipx]',
      '  vars: { 2nd: x }',
      '  rules: [{ template: 3, tag: x }]',
      '  rollout:',
      '    canary: 0.5',
      '    serial: [0, x%]',
      '    pause: after_canary',
      '    on_failure: rollback_all',
      '  checks:',
      '    - tcp: "x:1"',
      '      expect: { statuss: 2 }',
      '      from: web',
      '- hosts: edge',
    ].join('\n');
    expect(told(parsePlaybook(text, 'site.yml'))).toMatchInlineSnapshot(`
      "site.yml:1: id is ".hidden": it must be at most 64 letters, digits, "-", "_" and ".", not beginning with "-" or "."
          docs/playbook-reference.yml has an example of every key.
      site.yml:1: hosts is missing
          Add "hosts"; docs/playbook.md lists what it may hold.
      site.yml:2: there is no key "hots" in the play
          Did you mean "hosts"? Keys are id, name, hosts, families, vars, tags, rules, ipsets, sysctls, persist, conntrack, scope, keep, prefix, jumps, enforce, contested_after, notify, rollout, checks, backends.
      site.yml:4: families[1] is "ipx": it must be ipv4 or ipv6
          docs/playbook-reference.yml has an example of every key.
      site.yml:5: vars.2nd: the key must name a variable: letters, digits and "_", not beginning with a digit
          Rename it.
      site.yml:6: rules[0].template is 3: it must be the path of a template
          docs/playbook-reference.yml has an example of every key.
      site.yml:6: there is no key "tag" in rules[0]
          Did you mean "tags"? Keys are template, vars, tags.
      site.yml:8: rollout.canary is 0.5: it must be a host pattern, a number of hosts, a percentage, none, or {one_per: VARIABLE}
          docs/playbook-reference.yml has an example of every key.
      site.yml:9: rollout.serial[0] is 0: it must be a number of hosts, or a percentage such as "30%"
          docs/playbook-reference.yml has an example of every key.
      site.yml:9: rollout.serial[1] is "x%": it must be a number of hosts, or a percentage such as "30%"
          docs/playbook-reference.yml has an example of every key.
      site.yml:14: there is no key "statuss" in checks[0].expect
          Did you mean "status"? Keys are status, body, exit_code, stdout, answer, location, headers, certificate_days, at_least, at_most, backends, by, answers.
      site.yml:16: id is missing
          Add "id"; docs/playbook.md lists what it may hold.
      site.yml:16: rules is missing
          Add "rules"; docs/playbook.md lists what it may hold."
    `);
  });

  test('that only values show come with the others of their kind', () => {
    const text = [
      '- id: a',
      '  hosts: edge',
      '  rules: [{ template: x }]',
      '  rollout: { serial: ["0%", 101%], confirm_within: 5s }',
      '  checks:',
      '    - { tcp: "x:1", http: "http://x/" }',
      '    - { http: "http://x/", expect: closed }',
      '    - { command: "true", from: controller }',
      '    - { tcp: "{{x", timeout: 2h }',
      '    - { name: site, tcp: "x:1" }',
      '    - { name: site, tcp: "x:2" }',
      '- id: a',
      '  hosts: edge',
      '  rules: [{ template: x }]',
    ].join('\n');
    expect(told(parsePlaybook(text, 'site.yml'))).toMatchInlineSnapshot(`
      "site.yml:4: rollout.serial[0] is "0%": a share of the hosts is more than 0% and at most 100%
          docs/playbook-reference.yml has an example of every key.
      site.yml:4: rollout.serial[1] is "101%": a share of the hosts is more than 0% and at most 100%
          docs/playbook-reference.yml has an example of every key.
      site.yml:4: rollout.confirm_within is "5s": it must be whole seconds, from 10s to 1h
          docs/playbook-reference.yml has an example of every key.
      site.yml:6: checks[0] has tcp and http: it needs exactly one of tcp, udp, http, ping, dns, command, conntrack, counters and distribution
          docs/playbook-reference.yml has an example of every key.
      site.yml:8: checks[2].from is controller: a command runs only on the gateway, or on the hosts of a pattern
          docs/playbook-reference.yml has an example of every key.
      site.yml:9: checks[3].tcp: handlebars can't read "{{x"
          Check the braces and quotes of the expression.
      site.yml:9: checks[3].timeout is "2h": it must be from 100ms to 1h
          docs/playbook-reference.yml has an example of every key.
      site.yml:11: checks[5] has the name of checks[4], "site"
          Give each check a name of its own.
      site.yml:12: play id "a" is taken by the play at site.yml:1
          Give each play an id of its own."
    `);
  });

  test.each([
    ['a key twice', '- id: a\n  hosts: b\n  hosts: c\n', 'site.yml:3: key "hosts" stands twice'],
    ['a tab', '- id: a\n\thosts: b\n', 'site.yml:2: the line is indented with a tab'],
    ['unquoted handlebars', '- id: a\n  hosts: {{ group }}\n', 'site.yml:2: YAML reads {{ … }} as a mapping'],
    [
      'a vault value',
      '- id: a\n  hosts: !vault |\n    x\n  rules: [{ template: a }]\n',
      'site.yml:2: hosts is encrypted: it must be a host pattern',
    ],
    [
      'an alias of nothing',
      '- id: *a\n',
      'site.yml: Unresolved alias (the anchor must be set before the alias): a',
    ],
    ['a broken flow', '- { id: a\n', "site.yml:2: YAML can't be read here: "],
    ['two documents', '- id: a\n---\n- id: b\n', 'site.yml:2: the file holds several YAML documents'],
    ['an empty file', '', 'site.yml:1: the playbook is null: it must be a list of plays'],
    [
      'one play without a list',
      'id: a\n',
      'site.yml:1: the playbook is {"id":"a"}: it must be a list of plays',
    ],
    ['no play', '[]\n', 'site.yml:1: the playbook is []: it must have at least one play'],
    [
      'a play that is a text',
      '- edge\n',
      'site.yml:1: the play is "edge": it must be a mapping: a play with id, hosts and rules',
    ],
  ])('name %s', (_, text, start) => {
    const problems = told(parsePlaybook(text, 'site.yml'));
    expect(problems.startsWith(start), problems).toBe(true);
  });
});
