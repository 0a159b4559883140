import { describe, expect, test } from 'vitest';
import { parsePlaybook } from '../../src/playbook/parse.ts';
import { renderPlay } from '../../src/playbook/render.ts';
import { parseSysctlKey } from '../../src/playbook/sysctl-key.ts';
import { formatProblem } from '../../src/problem.ts';
import { Vaulted } from '../../src/sensitive.ts';
import { fleet, hostOf, playOf, templatesOf } from './fleet.ts';

const playText = (...lines: string[]) =>
  `- id: edge\n  hosts: edge\n  rules: [{ template: r }]\n  sysctls:\n${lines.map((line) => `    ${line}\n`).join('')}`;
const parsed = (...lines: string[]) => {
  const { plays, problems } = parsePlaybook(playText(...lines), 'site.yml');
  return problems.length > 0 ? problems.map(formatProblem).join('\n') : plays[0]?.sysctls;
};
const rendered = (vars: object, ...lines: string[]) => {
  const play = { ...playOf(playText(...lines)), vars: vars as never };
  const { sysctls, problems } = renderPlay(
    play,
    templatesOf({ r: '*raw\nCOMMIT' }),
    fleet,
    hostOf(fleet, 'gw1'),
    {},
  );
  return problems.length > 0 ? problems.map(formatProblem).join('\n') : sysctls;
};

test.each([
  ['net.ipv4.ip_forward', 'net.ipv4.ip_forward'],
  ['net/ipv4/ip_forward', 'net.ipv4.ip_forward'],
  ['net.ipv4.conf.eth0/100.rp_filter', 'net.ipv4.conf.eth0/100.rp_filter'],
  ['net/ipv4/conf/eth0.100/rp_filter', 'net.ipv4.conf.eth0/100.rp_filter'],
  ['net.bridge.bridge-nf-call-iptables', 'net.bridge.bridge-nf-call-iptables'],
  ['net.ipv4.conf.veth@x:1.forwarding', 'net.ipv4.conf.veth@x:1.forwarding'],
])('%s means %s', (text, key) => {
  expect(parseSysctlKey(text)).toEqual({ key });
});

test.each([
  ['net', 'names no parameter below net.'],
  ['net.ipv4', 'names no parameter below net.'],
  ['network.ipv4.x', 'names no parameter below net.'],
  ['net.ipv4..x', 'has an empty part'],
  ['net.ipv4.x.', 'has an empty part'],
  ['net/ipv4//x', 'has an empty part'],
  ['net/../kernel/panic', 'has the part "..", which names no file below /proc/sys'],
  ['net.//.kernel.panic', 'has the part "..", which names no file below /proc/sys'],
  ['net/ipv4/./x', 'has the part ".", which names no file below /proc/sys'],
  ['net.ipv4.conf.*.forwarding', 'has the part "*", which names no file below /proc/sys'],
  ['net.ipv4.conf.a b.forwarding', 'has the part "a b", which names no file below /proc/sys'],
  ['net.ipv4.conf.{{uplink}}.forwarding', 'holds an expression: only values may'],
])('%s %s', (text, complaint) => {
  expect(parseSysctlKey(text)).toEqual({ complaint });
});

test('numbers and texts are taken, with the line of each', () => {
  expect(
    parsed(
      'net.ipv4.ip_forward: 1',
      'net/ipv4/tcp_rmem: 4096 131072 6291456',
      'net.core.default_qdisc: "{{q}}"',
    ),
  ).toEqual([
    { key: 'net.ipv4.ip_forward', value: '1', line: 5 },
    { key: 'net.ipv4.tcp_rmem', value: '4096 131072 6291456', line: 6 },
    { key: 'net.core.default_qdisc', value: '{{q}}', line: 7 },
  ]);
});

describe('what is wrong', () => {
  test('with keys comes all at once', () => {
    expect(
      parsed(
        'net/ipv4/ip_forward: 1',
        'net.ipv4.ip_forward: 1',
        'net.ipv4..x: 1',
        'net.x.y: "yes"',
        'net.x.z: "{{x"',
        'net.x.tab: "a\\u0007"',
        'net.x.blank: " "',
        'net.x.umlaut: ü',
      ),
    ).toMatchInlineSnapshot(`
      "site.yml:6: sysctls.net.ipv4.ip_forward names the same parameter as sysctls.net/ipv4/ip_forward
          Keep one of the two.
      site.yml:7: sysctls.net.ipv4..x has an empty part
          Write it as sysctl(8) does: net.ipv4.ip_forward, net.ipv4.conf.eth0/100.rp_filter.
      site.yml:8: sysctls.net.x.y is "yes": it is no value of the kernel: it knows 1 and 0
          Write one line of printable characters; 1 for on and 0 for off.
      site.yml:9: sysctls.net.x.z: handlebars can't read "{{x"
          Check the braces and quotes of the expression.
      site.yml:10: sysctls.net.x.tab is "a\\u0007": it holds a character that the kernel would not print
          Write one line of printable characters; 1 for on and 0 for off.
      site.yml:11: sysctls.net.x.blank is " ": it is empty
          Write one line of printable characters; 1 for on and 0 for off.
      site.yml:12: sysctls.net.x.umlaut is "ü": it holds a character that the kernel would not print
          Write one line of printable characters; 1 for on and 0 for off."
    `);
  });

  test('with their kinds, too', () => {
    expect(
      parsed(
        'kernel.panic: 1',
        'net.ipv4.ip_forward: true',
        'net.ipv4.tcp_x: false',
        'net.x.y: 1.5',
        'net.x.z: [1]',
        'net.x.n:',
      ),
    ).toMatchInlineSnapshot(`
      "site.yml:5: sysctls.kernel.panic: the key must begin with "net."
          Other parameters are not a firewall's: keep them in /etc/sysctl.d.
      site.yml:6: sysctls.net.ipv4.ip_forward is true: it must be a whole number or a text
          The kernel knows numbers: write 1.
      site.yml:7: sysctls.net.ipv4.tcp_x is false: it must be a whole number or a text
          The kernel knows numbers: write 0.
      site.yml:8: sysctls.net.x.y is 1.5: it must be a whole number or a text
          docs/playbook-reference.yml has an example of every key.
      site.yml:9: sysctls.net.x.z is [1]: it must be a whole number or a text
          docs/playbook-reference.yml has an example of every key.
      site.yml:10: sysctls.net.x.n is null: it must be a whole number or a text
          docs/playbook-reference.yml has an example of every key."
    `);
    expect(
      parsePlaybook(
        '- id: a\n  hosts: b\n  rules: [{ template: c }]\n  sysctls: [x]\n  persist: "yes"\n  conntrack: flush\n  ipsets: [{ tmplate: x, keep_members: 1 }]\n',
        'site.yml',
      )
        .problems.map(formatProblem)
        .join('\n'),
    ).toMatchInlineSnapshot(`
      "site.yml:4: sysctls is ["x"]: it must be a mapping of kernel parameters to values
          docs/playbook-reference.yml has an example of every key.
      site.yml:5: persist is "yes": it must be true or false
          docs/playbook-reference.yml has an example of every key.
      site.yml:6: conntrack is "flush": it must be leave or flush_removed
          docs/playbook-reference.yml has an example of every key.
      site.yml:7: ipsets[0].template is missing
          Add "template"; docs/playbook.md lists what it may hold.
      site.yml:7: ipsets[0].keep_members is 1: it must be true or false
          docs/playbook-reference.yml has an example of every key.
      site.yml:7: there is no key "tmplate" in ipsets[0]
          Did you mean "template"? Keys are template, vars, tags, keep_members."
    `);
  });
});

describe('values', () => {
  test('are rendered per host, blanks made one', () => {
    expect(
      rendered(
        { max: 262144, ports: '1\t 2' },
        'net.netfilter.nf_conntrack_max: "{{max}}"',
        'net.x.y: "  {{uplink}}   {{max}} "',
      ),
    ).toEqual([
      { key: 'net.netfilter.nf_conntrack_max', value: '262144' },
      { key: 'net.x.y', value: 'eth0 262144' },
    ]);
  });

  test('that are undefined, secret, of more than one line or no value are told with key and host', () => {
    const vars = { lines: '1\n2', list: [1], on: 'on', vault: new Vaulted('…'), u: 'ü' };
    const names = ['nope', 'lines', 'list', 'on', 'vault', 'u'];
    expect(
      rendered(
        vars,
        ...names.map((name) => `net.x.${name}: "{{${name}}}"`),
        'net.x.f: "{{#ipv4}}1{{/ipv4}}"',
      ),
    ).toMatchInlineSnapshot(`
      "site.yml:5 (gw1): sysctls.net.x.nope: nope is not defined
          Define it in the play's vars, the inventory or with -e, or give a fallback: (default nope …).
      site.yml:6 (gw1): sysctls.net.x.lines: lines is "1\\n2", which holds a control character
          Remove it.
      site.yml:7 (gw1): sysctls.net.x.list: list is a list ([1]), which has no place in a line
          Go through it with {{#each list}}, or write {{join list ","}}.
      site.yml:8 (gw1): sysctls.net.x.on: the value "on" is no value of the kernel: it knows 1 and 0
          Write one line of printable characters; 1 for on and 0 for off.
      site.yml:9 (gw1): sysctls.net.x.vault: vault comes out of a vault or from a password, and secrets are never rendered
          Rules, sets, sysctls and checks are readable on the gateway and in the journal: keep addresses and ports out of the vault. Only the headers of an http check may be secret.
      site.yml:10 (gw1): sysctls.net.x.u: the value "ü" holds a character that the kernel would not print
          Write one line of printable characters; 1 for on and 0 for off.
      site.yml:11 (gw1): sysctls.net.x.f: {{#ipv4}} has no meaning here
          Families are a matter of rules and sets: write one check for each address, and sysctls as they are."
    `);
  });
});
