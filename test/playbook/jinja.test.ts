import { describe, expect, test } from 'vitest';
import type { Vars } from '../../src/inventory/model.ts';
import { renderPlay } from '../../src/playbook/render.ts';
import { renderChecks } from '../../src/playbook/render-checks.ts';
import { formatProblem } from '../../src/problem.ts';
import { inventoryOf as readInventory } from '../inventory/inventories.ts';
import { hostOf, playOf, templatesOf } from './fleet.ts';

const HOSTS = `
all:
  vars:
    dev: eth9
    note: "on {{ dev }}"
    admin: "{{ net }}.7"
    net: 10.0.0
    injected: "{{ net }} -j ACCEPT"
    outer: "{{ of_play }}"
    typo: "{{ nett }}"
    blocked: "{% if x %}1{% endif %}"
    looped: "{{ looped }}"
    token: "x-{{ ansible_password }}"
    creds: { pw: "{{ ansible_password }}" }
    ansible_password: "{{ plain_pw }}"
    plain_pw: hunter2
    vaulted: !vault "$ANSIBLE_VAULT;1.1;AES256"
    sealed: "{{ vaulted }}"
    longer: "10.0.0.{{ vaulted }}"
    deep: { list: [1, "{{ longer }}"] }
    judged: "{{ 'a' if vaulted else 'b' }}"
    forwarding: "{{ net_forward | default(1) }}"
  children:
    edge:
      vars: { dev: eth0 }
      hosts: { gw1: }
    web:
      hosts:
        web1: { lan: 10.0.0.11, ansible_host: "{{ lan }}" }
        web2: { ansible_host: "{{ lan }}" }
        web3: { ansible_host: "{{ longer }}" }
`;
const inventory = readInventory({ 'hosts.yml': HOSTS });

/** One template on gw1, in a play with these variables. */
function render(
  body: string,
  { vars = {}, extraVars = {}, more = '' }: { vars?: Vars; extraVars?: Vars; more?: string } = {},
) {
  const from =
    Object.keys(extraVars).length === 0 ? inventory : readInventory({ 'hosts.yml': HOSTS }, { extraVars });
  const play = playOf(`- { id: edge, hosts: edge, rules: [{ template: one }]${more} }`);
  const { rulesets, sysctls, problems } = renderPlay(
    { ...play, vars },
    templatesOf({ one: `*filter\n${body}\nCOMMIT\n` }),
    from,
    hostOf(from, 'gw1'),
    extraVars,
  );
  const rules = (rulesets[0]?.text ?? '').split('\n').filter((line) => line.startsWith('-A'));
  return { rules, sysctls, problems: problems.map(formatProblem).join('\n'), count: problems.length };
}

describe('a template of the inventory', () => {
  test('is resolved in the final variables of the host', () => {
    expect(render('-A INPUT -m comment --comment "{{note}}"').rules).toEqual([
      '-A INPUT -m comment --comment "on eth0"',
    ]);
  });

  test('sees what the play and -e lay over them', () => {
    const rule = '-A INPUT -m comment --comment "{{note}}"';
    expect(render(rule, { vars: { dev: 'eth5' } }).rules).toEqual([
      '-A INPUT -m comment --comment "on eth5"',
    ]);
    expect(render(rule, { vars: { dev: 'eth5' }, extraVars: { dev: 'eth7' } }).rules).toEqual([
      '-A INPUT -m comment --comment "on eth7"',
    ]);
  });

  test('may come from -e', () => {
    expect(render('-A INPUT -s {{src}}', { extraVars: { src: '{{ admin }}' } }).rules).toEqual([
      '-A INPUT -s 10.0.0.7',
    ]);
  });

  test('is none in a playbook, not even where the inventory leads there', () => {
    const { problems } = render('-A INPUT -s {{outer}}', { vars: { of_play: '{{ net }}' } });
    expect(problems).toContain('outer still holds template text: "{{ net }}"');
  });

  test('gives a value like any other: one token', () => {
    expect(render('-A INPUT -s {{injected}}').problems).toContain(
      'injected is "10.0.0 -j ACCEPT": it holds a space',
    );
  });

  test('is wrong only where it is used, and then with all the others', () => {
    expect(render('-A INPUT -s {{admin}}').problems).toBe('');
    const { problems, count } = render(
      '-A INPUT -s {{typo}}\n-A INPUT -s {{blocked}}\n-A INPUT -s {{looped}}',
    );
    expect(count).toBe(3);
    expect(problems).toContain(`typo can't be resolved: "nett" is not defined ("{{ nett }}", hosts.yml:10)`);
    expect(problems).toContain('Did you mean "net"?');
    expect(problems).toContain("blocked can't be resolved: a block ({% … %}) is not supported");
    expect(problems).toContain('the templates refer to each other: looped → looped');
  });

  test('falls back to a default where it is undefined, never where it can not be judged', () => {
    expect(render('-A INPUT -i {{default typo "lo"}}').rules).toEqual(['-A INPUT -i lo']);
    expect(render('-A INPUT -i {{default blocked "lo"}}').problems).toContain("blocked can't be resolved");
    expect(render('{{#if (eq typo "x")}}{{/if}}').problems).toContain("typo can't be resolved");
  });

  test('carries no password into a rule, and no message shows it', () => {
    for (const name of ['token', 'creds.pw', 'creds', 'ansible_password']) {
      const { rules, problems } = render(`-A INPUT -m comment --comment {{${name}}}`);
      expect(rules).toEqual([]);
      expect(problems).not.toBe('');
      expect(problems).not.toContain('hunter2');
    }
  });

  test.each([
    ['-A INPUT -s {{sealed}}', 'sealed comes out of a vault'],
    ['-A INPUT -s {{longer}}', 'longer comes out of a vault'],
    ['-A INPUT -s {{deep.list.[1]}}', 'deep.list[1] comes out of a vault'],
    ['-A INPUT -s {{default sealed "10.0.0.9"}}', 'sealed comes out of a vault'],
    ['{{#if longer}}{{/if}}', 'longer comes out of a vault'],
    ['{{#if (eq sealed "x")}}{{/if}}', 'sealed comes out of a vault'],
    ['-A INPUT -s {{judged}}', "judged can't be resolved: the truth of a secret is not supported"],
    ['{{#each (hosts "web1")}}\n-A INPUT -s {{vars.longer}}\n{{/each}}', 'longer comes out of a vault'],
    [
      '{{#each (hosts "web3")}}\n-A INPUT -s {{address}}\n{{/each}}',
      'the address of host web3 comes out of a',
    ],
  ])('carries nothing out of a vault into a rule: %s', (body, told) => {
    const { rules, problems } = render(body);
    expect(rules).toEqual([]);
    expect(problems).toContain(told);
  });

  test('names addresses of other hosts', () => {
    expect(
      render(
        '{{#each (hosts "web1")}}\n-A INPUT -s {{address}} -m comment --comment {{vars.note}}\n{{/each}}',
      ).problems,
    ).toContain('holds a space');
    expect(
      render('{{#each (hosts "web1")}}\n-A INPUT -s {{address}} -i {{vars.dev}}\n{{/each}}').rules,
    ).toEqual(['-A INPUT -s 10.0.0.11 -i eth9']);
    expect(render('{{#each (hosts "web2")}}\n-A INPUT -s {{address}}\n{{/each}}').problems).toContain(
      `ansible_host can't be resolved: "lan" is not defined ("{{ lan }}", hosts.yml:`,
    );
  });

  test('serves kernel parameters and checks', () => {
    const more = `, sysctls: { net.ipv4.ip_forward: "{{forwarding}}" }, checks: [{ tcp: "{{admin}}:22" }, { tcp: "{{typo}}:22" }]`;
    expect(render('-A INPUT -j ACCEPT', { more }).sysctls).toEqual([
      { key: 'net.ipv4.ip_forward', value: '1' },
    ]);
    const play = playOf(`- { id: edge, hosts: edge, rules: [{ template: one }]${more} }`);
    const { problems } = renderChecks(play, inventory, hostOf(inventory, 'gw1'), {});
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/typo can't be resolved: "nett" is not defined/),
    ]);
  });
});
