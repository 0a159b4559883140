import { describe, expect, test } from 'vitest';
import type { Vars } from '../../src/inventory/model.ts';
import { poolsOf } from '../../src/playbook/pools.ts';
import { renderPlay } from '../../src/playbook/render.ts';
import { renderBackendChecks } from '../../src/playbook/render-backend.ts';
import { ProblemsError } from '../../src/problem.ts';
import { fleet, hostOf, inventoryOf, playOf, templatesOf } from './fleet.ts';

const play = (backends: string, more = '') =>
  playOf(`- { id: edge, hosts: edge, rules: [{ template: one }], backends: ${backends}${more} }`);

function complaints(backends: string): readonly string[] {
  try {
    play(backends);
    return [];
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return error.problems.map(({ code, message }) => `${code}: ${message}`);
  }
}

describe('backends: of a play', () => {
  test('has a default for everything', () => {
    expect(play('[{ hosts: web, check: { tcp: "{{backend.address}}:80" } }]').backends).toMatchObject([
      {
        hosts: 'web',
        everySeconds: 5,
        fall: 3,
        rise: 2,
        atLeast: 1,
        check: { from: 'controller', retries: 0 },
      },
    ]);
    expect(play('[{ hosts: web }]').backends[0]).not.toHaveProperty('check');
  });

  test('forgets connections to backends that went, where they are looked at and nothing else is written', () => {
    const check = '[{ hosts: web, check: { tcp: "{{backend.address}}:80" } }]';
    expect(play(check).conntrack).toBe('flush_removed');
    expect(play(check, ', conntrack: leave').conntrack).toBe('leave');
    expect(play('[{ hosts: web }]').conntrack).toBe('leave');
  });

  test.each([
    ['[{ check: { tcp: "10.0.0.1:80" } }]', ['missing-key: backends[0].hosts is missing']],
    [
      '[{ hosts: web, fall: 0 }]',
      ['invalid-value: backends[0].fall is 0: it must be a whole number from 1 to 100'],
    ],
    [
      '[{ hosts: web, rise: 3 }]',
      ['invalid-value: backends[0].rise counts looks, and there is no check to look with'],
    ],
    [
      '[{ hosts: web, every: 100ms }]',
      ['invalid-value: backends[0].every is "100ms": it must be from 1s to 1h'],
    ],
    ['[{ hosts: web, weigh: load }]', ['invalid-value: backends[0].weigh is "load": it must be connections']],
    ['[{ hosts: web, at_leest: 2 }]', ['unknown-key: there is no key "at_leest" in backends[0]']],
    [
      '[{ hosts: web, check: { ping: "{{backend.address}}", retries: 2, each: vips } }]',
      [
        'invalid-value: backends[0].check.each is of no use here: the check is made for each backend',
        'invalid-value: backends[0].check.retries is of no use here: fall says how many failures count',
      ],
    ],
    [
      '[{ hosts: web, check: { tcp: "{{backend.address}", from: nowhere } }]',
      [expect.stringContaining('backends[0].check.tcp:')],
    ],
  ])('%s is refused', (written, expected) => expect(complaints(written)).toEqual(expected));
});

describe('pools', () => {
  const draining = (...values: readonly unknown[]) =>
    inventoryOf({
      web: Object.fromEntries(
        values.map((value, index) => [
          `web${index + 1}`,
          value === undefined ? {} : ({ draining: value } as Vars),
        ]),
      ),
      other: { db1: {} },
    });
  const pools = (backends: string, inventory: ReturnType<typeof draining>) => {
    const found = poolsOf(play(backends), inventory);
    return {
      drain: found.pools.flatMap(({ members }) =>
        members.flatMap(({ host, isDraining }) => (isDraining ? host.name : [])),
      ),
      problems: found.problems.map(({ code, message }) => `${code}: ${message}`),
    };
  };

  test('know who drains, however an inventory writes it', () => {
    const values = [true, 'true', 'Yes', 1, 'on', false, 'no', '0', 0, '', null, undefined];
    expect(pools('[{ hosts: web }]', draining(...values))).toEqual({
      drain: ['web1', 'web2', 'web3', 'web4', 'web5'],
      problems: [],
    });
  });

  test.each([
    [
      '[{ hosts: web }]',
      [false, 'soon'],
      ['draining-unclear: its variable draining is neither true nor false'],
    ],
    [
      '[{ hosts: web }]',
      [true, true],
      [
        'too-many-draining: backends: 2 of the 2 of "web" are draining, which leaves 0, and at_least 1 must stay',
      ],
    ],
    [
      '[{ hosts: web, at_least: 2 }]',
      [true, false],
      [
        'too-many-draining: backends: 1 of the 2 of "web" are draining, which leaves 1, and at_least 2 must stay',
      ],
    ],
    ['[{ hosts: web, at_least: 5 }]', [false, false], []],
    [
      '[{ hosts: web }, { hosts: "web1:db1" }]',
      [false],
      ['backend-twice: backends: web1 is of "web1:db1" and of "web"'],
    ],
    ['[{ hosts: wbe }]', [false], ['no-hosts: pattern "wbe" matches no host']],
    [
      '[{ hosts: "web:dbs" }]',
      [false],
      ['no-hosts: backends: "dbs" in the pattern "web:dbs" names no host and no group'],
    ],
  ])('%s with draining %o', (backends, values, problems) => {
    expect(pools(backends, draining(...values)).problems).toEqual(problems);
  });
});

describe('templates', () => {
  const rules = (text: string, overlay?: Parameters<typeof renderPlay>[5], partial = '') => {
    const { rulesets, problems } = renderPlay(
      playOf('- { id: edge, hosts: edge, rules: [{ template: one }] }'),
      templatesOf({ one: `*filter\n${text}\nCOMMIT\n`, partial }),
      fleet,
      hostOf(fleet, 'gw1'),
      {},
      overlay,
    );
    if (problems.length > 0) throw new ProblemsError(problems);
    return (rulesets[0]?.text ?? '').split('\n').filter((line) => line.startsWith('-A'));
  };
  const none = { leftOut: new Set<string>(), weights: new Map<string, number>() };
  const each = (list: string) => `{{#each (${list})}}\n-A INPUT -s {{address}} -j ACCEPT\n{{/each}}`;

  test('leave out what is left out, in every pattern, and all_hosts does not', () => {
    const overlay = { ...none, leftOut: new Set(['web2']) };
    const web = (...last: readonly number[]) => last.map((byte) => `-A INPUT -s 10.0.0.${byte} -j ACCEPT`);
    expect(rules(each('hosts "web"'), overlay)).toEqual(web(11, 13));
    expect(rules(each('hosts "web[1:2]"'), overlay)).toEqual(web(13));
    expect(rules(each('all_hosts "web"'), overlay)).toEqual(web(11, 12, 13));
    expect(rules(each('hosts "web"'))).toEqual(web(11, 12, 13));
    expect(rules('{{> partial}}', overlay, each('hosts "web"'))).toEqual(web(11, 13));
    expect(rules('{{> partial list=(hosts "web")}}', overlay, each('mandatory list'))).toEqual(web(11, 13));
  });

  test('see weights in the place of those of the inventory', () => {
    const weights = each('hosts "web"').replace('-j ACCEPT', '-m mark --mark {{vars.weight}}');
    const overlay = { ...none, weights: new Map([['web2', 7]]) };
    expect(rules(weights, overlay).map((line) => line.split(' ').at(-1))).toEqual(['3', '7', '1']);
  });

  test('checks of a backend know the backend and the gateway', () => {
    const made = (backends: string) => {
      const one = play(backends);
      const [pool] = one.backends;
      if (pool === undefined) throw new Error('no pool');
      return renderBackendChecks(one, pool, ['web1', 'web3'], fleet, hostOf(fleet, 'gw1'), {});
    };
    const { checks, problems } = made(
      '[{ hosts: web, check: { http: "http://{{backend.address}}:8080/{{uplink}}", from: gateway, timeout: 2s } }]',
    );
    expect(problems).toEqual([]);
    expect([...checks].map(([name, [check]]) => [name, check?.from, check?.probe])).toEqual([
      ['web1', 'gateway', { kind: 'http', url: 'http://10.0.0.11:8080/eth0', expect: {} }],
      ['web3', 'gateway', { kind: 'http', url: 'http://10.0.0.13:8080/eth0', expect: {} }],
    ]);
    expect(
      made('[{ hosts: web, check: { tcp: "{{backend.adress}}:80" } }]').problems.map(
        ({ message }) => message,
      ),
    ).toEqual([
      'check of backend web1: backend.adress is not defined: there is no "adress"',
      'check of backend web3: backend.adress is not defined: there is no "adress"',
    ]);
  });
});
