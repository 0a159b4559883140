import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderPlay } from '../../src/playbook/render.ts';
import { formatProblem } from '../../src/problem.ts';
import { complaints, fleet, hostOf, inventoryOf, playOf, renderOne, templatesOf } from './fleet.ts';

const gw1 = hostOf(fleet, 'gw1');

/** The text of each family that fragments render to on gw1. */
function textsOf(fragments: readonly string[], families = '[ipv4]', vars = '{}') {
  const names = fragments.map((_, index) => `f${index}`);
  const play = playOf(
    `- { id: edge, hosts: edge, families: ${families}, vars: ${vars}, rules: [${names.map((name) => `{ template: ${name} }`).join(', ')}] }`,
  );
  const templates = templatesOf(
    Object.fromEntries(names.map((name, index) => [name, fragments[index] ?? ''])),
  );
  const { rulesets, problems } = renderPlay(play, templates, fleet, gw1, {});
  return {
    texts: Object.fromEntries(rulesets.map(({ family, text }) => [family, text])),
    problems: problems.map(formatProblem),
    rulesets,
  };
}

test('round robin over the hosts of a group, in both families', () => {
  const lb = [
    '*nat',
    '{{#ipv4}}',
    '{{#each (hosts backends) as |backend|}}',
    '-A PREROUTING -d {{@root.vip}} -p tcp --dport {{@root.port}} -m statistic --mode nth --every {{subtract (length (hosts @root.backends)) @index}} --packet 0 -j DNAT --to-destination {{backend.address}}',
    '{{/each}}',
    '{{/ipv4}}',
    '{{#ipv6}}',
    '{{#each (hosts "web[0:1]")}}',
    '-A PREROUTING -p tcp --dport {{../port}} -m comment --comment "{{name}} {{vars.weight}}" -j DNAT --to-destination [{{address}}]:80',
    '{{/each}}',
    '{{/ipv6}}',
    'COMMIT',
  ].join('\n');
  const base = '*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n';
  const { texts, problems } = textsOf(
    [base, lb],
    '[ipv4, ipv6]',
    '{ vip: 203.0.113.1, port: 443, backends: web }',
  );
  expect(problems).toEqual([]);
  expect(texts).toMatchInlineSnapshot(`
    {
      "ipv4": "*nat
    :PREROUTING ACCEPT [0:0]
    :INPUT ACCEPT [0:0]
    :OUTPUT ACCEPT [0:0]
    :POSTROUTING ACCEPT [0:0]
    -A PREROUTING -d 203.0.113.1 -p tcp --dport 443 -m statistic --mode nth --every 3 --packet 0 -j DNAT --to-destination 10.0.0.11
    -A PREROUTING -d 203.0.113.1 -p tcp --dport 443 -m statistic --mode nth --every 2 --packet 0 -j DNAT --to-destination 10.0.0.12
    -A PREROUTING -d 203.0.113.1 -p tcp --dport 443 -m statistic --mode nth --every 1 --packet 0 -j DNAT --to-destination 10.0.0.13
    COMMIT
    *filter
    :INPUT DROP [0:0]
    :FORWARD ACCEPT [0:0]
    :OUTPUT ACCEPT [0:0]
    -A INPUT -i lo -j ACCEPT
    COMMIT
    ",
      "ipv6": "*nat
    :PREROUTING ACCEPT [0:0]
    :INPUT ACCEPT [0:0]
    :OUTPUT ACCEPT [0:0]
    :POSTROUTING ACCEPT [0:0]
    -A PREROUTING -p tcp --dport 443 -m comment --comment "web1 3" -j DNAT --to-destination [2001:db8::11]:80
    -A PREROUTING -p tcp --dport 443 -m comment --comment "web2 1" -j DNAT --to-destination [2001:db8::12]:80
    COMMIT
    *filter
    :INPUT DROP [0:0]
    :FORWARD ACCEPT [0:0]
    :OUTPUT ACCEPT [0:0]
    -A INPUT -i lo -j ACCEPT
    COMMIT
    ",
    }
  `);
});

describe('merging', () => {
  test('keeps tables in their order, declares every built-in chain, and user chains once', () => {
    const { texts, rulesets } = textsOf([
      '*nat\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n*filter\n:INPUT DROP\n:LOGDROP -\n-A INPUT -j LOGDROP\nCOMMIT',
      '*raw\nCOMMIT\n*filter\n:LOGDROP - [3:4]\n:INPUT -\n:INPUT DROP\n-A LOGDROP -j DROP\nCOMMIT',
    ]);
    expect(texts.ipv4?.split('\n')).toEqual([
      '*raw',
      ':PREROUTING ACCEPT [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      'COMMIT',
      '*nat',
      ':PREROUTING ACCEPT [0:0]',
      ':INPUT ACCEPT [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      ':POSTROUTING ACCEPT [0:0]',
      '-A POSTROUTING -j MASQUERADE',
      'COMMIT',
      '*filter',
      ':INPUT DROP [0:0]',
      ':FORWARD ACCEPT [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      ':LOGDROP - [0:0]',
      '-A INPUT -j LOGDROP',
      '-A LOGDROP -j DROP',
      'COMMIT',
      '',
    ]);
    expect(rulesets[0]?.tables).toEqual(['raw', 'nat', 'filter']);
    expect(rulesets[0]?.sources[15]).toEqual({ template: 'templates/f0', line: 6 });
  });

  test('keeps the order of each chain, whatever the fragments', () => {
    const rule = fc.record({
      table: fc.constantFrom('filter', 'mangle', 'security'),
      chain: fc.constantFrom('INPUT', 'OUTPUT', 'MINE'),
    });
    fc.assert(
      fc.property(fc.array(fc.array(rule, { maxLength: 5 }), { minLength: 1, maxLength: 5 }), (fragments) => {
        let mark = 0;
        const wanted = new Map<string, number[]>();
        const texts = fragments.map((rules) =>
          rules
            .map(({ table, chain }) => {
              mark += 1;
              const key = `${table} ${chain}`;
              wanted.set(key, [...(wanted.get(key) ?? []), mark]);
              return `*${table}\n:MINE -\n-A ${chain} -m mark --mark ${mark}\nCOMMIT\n`;
            })
            .join(''),
        );
        const seen = new Map<string, number[]>();
        let table = '';
        for (const line of (textsOf(texts).texts.ipv4 ?? '').split('\n')) {
          if (line.startsWith('*')) table = line.slice(1);
          const [, chain, number] = /^-A (\S+) .* (\d+)$/.exec(line) ?? [];
          if (chain !== undefined)
            seen.set(`${table} ${chain}`, [...(seen.get(`${table} ${chain}`) ?? []), Number(number)]);
        }
        expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(wanted));
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  test('refuses different policies', () => {
    expect(textsOf(['*filter\n:INPUT DROP\nCOMMIT', '*filter\n\n:INPUT ACCEPT\nCOMMIT']).problems).toEqual([
      'templates/f1:3 (gw1): INPUT has the policy ACCEPT here and DROP in templates/f0:2\n    Give the policy in one fragment, or the same in each.',
    ]);
  });

  test.each([
    ['a rule for an undeclared chain', '-A LOGDROP -j DROP', '-A LOGDROP: table filter has no such chain'],
    [
      'a jump to an undeclared chain',
      ':LOGDROP -\n-A INPUT -j LOGDORP',
      '-j LOGDORP is neither a chain of table filter nor a target of ipv4',
    ],
    [
      'a goto to an undeclared chain',
      '-A INPUT -g nowhere',
      '-j nowhere is neither a chain of table filter nor a target of ipv4',
    ],
    [
      'a target of the other family',
      '-A INPUT -j HL --hl-set 3',
      '-j HL is neither a chain of table filter nor a target of ipv4',
    ],
    ['a jump to a built-in chain', '-A INPUT -j FORWARD', '-j FORWARD: nothing can jump to a built-in chain'],
    [
      'a slip in a target',
      '-A INPUT -j ACEPT',
      '-j ACEPT is neither a chain of table filter nor a target of ipv4',
    ],
  ])('finds %s', (_, body, message) => {
    expect(complaints(body)).toEqual([`undeclared-chain: ${message}`]);
  });

  test('a chain that another fragment declares is known, in its own table only', () => {
    expect(textsOf(['*filter\n-A INPUT -j MINE\nCOMMIT', '*filter\n:MINE -\nCOMMIT']).problems).toEqual([]);
    expect(textsOf(['*filter\n-A INPUT -j MINE\nCOMMIT', '*mangle\n:MINE -\nCOMMIT']).problems).toHaveLength(
      1,
    );
  });
});

describe('variables', () => {
  const inventory = inventoryOf({
    edge: {
      gw1: { a: 'inventory', b: 'inventory', c: 'inventory', d: 'inventory', ansible_password: 'hunter2' },
    },
  });
  const host = hostOf(inventory, 'gw1');
  const play = playOf(
    '- { id: edge, hosts: edge, vars: { b: play, c: play, d: play }, rules: [{ template: t, vars: { c: fragment, d: fragment } }] }',
  );
  const render = (text: string, extra = {}) =>
    renderPlay(play, templatesOf({ t: `*filter\n${text}\nCOMMIT` }), inventory, host, extra);

  test('inventory < play < fragment < -e', () => {
    const { rulesets } = render('-A INPUT -m comment --comment "{{a}} {{b}} {{c}} {{d}}"', { d: 'extra' });
    expect(rulesets[0]?.text).toContain('"inventory play fragment extra"');
  });

  test('passwords are not for rules, not even those of other hosts', () => {
    const message = 'ansible_password is a password, and secrets are never rendered';
    expect(render('-A INPUT -m comment --comment {{ansible_password}}').problems).toMatchObject([
      { code: 'secret-in-rule', message },
    ]);
    expect(
      render('{{#each (hosts "gw1")}}\n-A INPUT -m comment --comment {{vars.ansible_password}}\n{{/each}}')
        .problems,
    ).toMatchObject([{ message }]);
  });
});

describe('addresses of hosts', () => {
  const addresses = (vars: Record<string, string>, name: string, family: 'ipv4' | 'ipv6') => {
    const inventory = inventoryOf({ edge: { gw1: {} }, web: { [name]: vars } });
    const { rulesets, problems } = renderOne(
      '*filter\n{{#each (hosts "web")}}\n-A INPUT -s {{address}}\n{{/each}}\nCOMMIT',
      {},
      [family],
      inventory,
    );
    return problems[0]?.message ?? /-s (\S+)/.exec(rulesets[0]?.text ?? '')?.[1];
  };

  test.each([
    ['ansible_host', { ansible_host: '10.0.0.1' }, 'web1', 'ipv4', '10.0.0.1'],
    ['its name', {}, '10.0.0.2', 'ipv4', '10.0.0.2'],
    [
      'sluice_address4 first',
      { ansible_host: 'web.example', sluice_address4: '10.0.0.3' },
      'web1',
      'ipv4',
      '10.0.0.3',
    ],
    [
      'sluice_address6',
      { ansible_host: '10.0.0.1', sluice_address6: '2001:db8::1' },
      'web1',
      'ipv6',
      '2001:db8::1',
    ],
    ['an IPv6 ansible_host', { ansible_host: '2001:db8::2' }, 'web1', 'ipv6', '2001:db8::2'],
    [
      'nothing but a name',
      { ansible_host: 'web.example' },
      'web1',
      'ipv4',
      'host web1 has no IPv4 address: it is known as "web.example"',
    ],
    [
      'nothing of this family',
      { ansible_host: '10.0.0.1' },
      'web1',
      'ipv6',
      'host web1 has no IPv6 address: it is known as "10.0.0.1"',
    ],
  ] as const)('come from %s', (_, vars, name, family, expected) => {
    expect(addresses(vars, name, family)).toBe(expected);
  });

  test('are missed only where they are used', () => {
    expect(
      complaints('{{#each (hosts "web")}}\n-A INPUT -m comment --comment {{name}}\n{{/each}}', {}, ['ipv6']),
    ).toEqual([]);
  });
});

test('a play that renders nothing at all is a problem, a family without rules is not', () => {
  expect(renderOne('# nothing\n').problems).toMatchObject([
    { code: 'nothing-rendered', file: 'site.yml', host: 'gw1' },
  ]);
  expect(
    textsOf(['{{#ipv4}}\n*filter\nCOMMIT\n{{/ipv4}}'], '[ipv4, ipv6]').rulesets.map(({ family }) => family),
  ).toEqual(['ipv4']);
});

test('a template that was not read is a problem', () => {
  const play = playOf('- { id: edge, hosts: edge, rules: [{ template: x }] }');
  expect(renderPlay(play, new Map(), fleet, gw1, {}).problems).toMatchObject([
    { code: 'unknown-template', file: 'site.yml', line: 1 },
  ]);
});

test('problems name template, line, host, variable and value, and a way out', () => {
  const { problems } = textsOf(
    [
      '*filter\n-A INPUT -s {{peer}} -j ACCEPT\n-A INPUT -s {{upstrm}} -i {{uplink}} -j ACCEPT\n-A INPUT -d {{name}} -j ACCEPT\n-I INPUT -j DROP\nCOMMIT',
      '*filter\n-A INPUT -d {{host}}\n-F\nCOMMIT',
    ],
    '[ipv4]',
    '{ peer: "10.0.0.1 -j ACCEPT", upstream: 10.0.0.2, name: web, host: web.example }',
  );
  expect(problems.join('\n')).toMatchInlineSnapshot(`
    "templates/f0:2 (gw1): peer is "10.0.0.1 -j ACCEPT": it holds a space
        Each expression makes one token. Text with spaces may stand in double quotes: "{{ }}".
    templates/f0:3 (gw1): upstrm is not defined
        Did you mean "upstream"? Define it in the play's vars, the inventory or with -e, or give a fallback: (default upstrm …).
    templates/f1:2 (gw1): "web.example" after -d is a name, not an address
        Rules hold addresses: give the address itself, or (hosts "PATTERN") for those of the inventory.
    templates/f1:3 (gw1): -F has no place in a template
        Tables in the text are replaced whole: remove the line."
  `);
});
