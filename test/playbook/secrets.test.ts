import { describe, expect, test } from 'vitest';
import type { Vars } from '../../src/inventory/model.ts';
import { parsePlaybook } from '../../src/playbook/parse.ts';
import { hideSecrets } from '../../src/playbook/secrets.ts';
import { Sensitive, Vaulted } from '../../src/sensitive.ts';
import { complaints, inventoryOf, renderOne } from './fleet.ts';

const vars = {
  sealed: new Vaulted('$ANSIBLE_VAULT;1.1;AES256\n61'),
  opened: new Sensitive('hunter2'),
  list: ['10.0.0.1', new Sensitive('hunter2')],
  map: { plain: '10.0.0.2', deep: [{ token: new Sensitive('hunter2') }] },
  ansible_password: 'hunter2',
  plain: ['10.0.0.3'],
};

describe('a secret is refused wherever a template could show it, or let it decide', () => {
  test.each([
    ['{{sealed}}', 'sealed'],
    ['{{opened}}', 'opened'],
    ['{{opened.length}}', 'opened'],
    ['{{list.[1]}}', 'list[1]'],
    ['{{join list ","}}', 'list[1]'],
    ['{{#each list}}{{this}},{{/each}}', 'list[1]'],
    ['{{map.deep.[0].token}}', 'map.deep[0].token'],
    ['{{#each map.deep}}{{token}}{{/each}}', 'map.deep[0].token'],
    ['{{lookup map.deep.[0] "token"}}', 'map.deep[0].token'],
    ['{{lookup map opened}}', 'opened'],
    ['{{#if opened}}1{{/if}}', 'opened'],
    ['{{#unless sealed}}1{{/unless}}', 'sealed'],
    ['{{#with opened}}1{{/with}}', 'opened'],
    ['{{#each opened}}1{{/each}}', 'opened'],
    ['{{#if (eq opened "hunter2")}}1{{/if}}', 'opened'],
    ['{{#if (ne "x" opened)}}1{{/if}}', 'opened'],
    ['{{#if (in "hunter2" list)}}1{{/if}}', 'list[1]'],
    ['{{#if (not opened)}}1{{/if}}', 'opened'],
    ['{{#if (and 1 opened)}}1{{/if}}', 'opened'],
    ['{{add 1 opened}}', 'opened'],
    ['{{length opened}}', 'opened'],
    ['{{default opened "10.0.0.9"}}', 'opened'],
    ['{{default ansible_password "10.0.0.9"}}', 'ansible_password'],
    ['{{hosts opened}}', 'opened'],
    ['{{opened.constructor}}', 'opened'],
    ['{{sealed.ciphertext}}', 'sealed'],
  ])('%s', (expression, name) => {
    const told = complaints(`-A INPUT -s ${expression}`, vars);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^secret-in-rule: /);
    expect(told[0]).toContain(`${name} `);
    expect(told[0]).not.toContain('hunter2');
  });

  test('its neighbours are there', () => {
    expect(complaints('-A INPUT -s {{list.[0]}},{{map.plain}} -p tcp --dport {{length list}}', vars)).toEqual(
      [],
    );
  });
});

describe('an address of another host', () => {
  const text = '*filter\n{{#each (hosts "web")}}\n-A INPUT -s {{address}} -j ACCEPT\n{{/each}}\nCOMMIT\n';
  const told = (web1: Vars) =>
    renderOne(text, {}, ['ipv4'], inventoryOf({ edge: { gw1: {} }, web: { web1 } })).problems;

  test.each([
    [{ ansible_host: new Sensitive('10.0.0.1') }],
    [{ sluice_address4: new Sensitive('10.0.0.1'), ansible_host: '10.0.0.2' }],
  ])('is refused where it comes out of a vault: %j', (web1) => {
    expect(told(web1)).toMatchObject([
      {
        code: 'secret-in-rule',
        file: 'templates/one',
        line: 3,
        message: expect.stringMatching(/^the address of host web1 comes out of a vault/),
      },
    ]);
  });

  test('is taken from a plain variable before that', () => {
    expect(told({ sluice_address4: '10.0.0.2', ansible_host: new Sensitive('10.0.0.1') })).toEqual([]);
  });
});

test('values without a secret are the very same, and what is resolved when it is read stays so', () => {
  const plain = [1, { b: 'x' }];
  let reads = 0;
  const seen = hideSecrets({
    plain,
    get lazy() {
      reads += 1;
      return [new Sensitive('hunter2')];
    },
    get ansible_password(): string {
      throw new Error('nobody needs to know what it comes to');
    },
  });
  expect(seen.plain).toBe(plain);
  expect(reads).toBe(0);
  expect(seen.lazy).toMatchObject([
    { code: 'secret-in-rule', message: expect.stringMatching(/^lazy\[0\] /) },
  ]);
  expect(seen.ansible_password).toMatchObject({ code: 'secret-in-rule', isAbsent: false });
});

test('!vault stands in the vars of plays and fragments, however deep, with its line', () => {
  const text = `- id: a
  hosts: b
  vars:
    x: [1, !vault "$ANSIBLE_VAULT;1.1;AES256"]
  rules:
    - template: t
      vars:
        y: !vault |
          $ANSIBLE_VAULT;1.1;AES256
          61
`;
  const { plays, problems } = parsePlaybook(text, 'site.yml');
  expect(problems).toEqual([]);
  const [, x] = (plays[0]?.vars.x ?? []) as readonly unknown[];
  expect(x).toMatchObject({ place: { file: 'site.yml', line: 4 } });
  expect(plays[0]?.rules[0]?.vars.y).toMatchObject({
    ciphertext: '$ANSIBLE_VAULT;1.1;AES256\n61\n',
    place: { file: 'site.yml', line: 8 },
  });
});
