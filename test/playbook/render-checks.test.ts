import { describe, expect, test } from 'vitest';
import type { Vars } from '../../src/inventory/model.ts';
import { parsePlaybook } from '../../src/playbook/parse.ts';
import { renderChecks } from '../../src/playbook/render-checks.ts';
import { formatProblem } from '../../src/problem.ts';
import { Sensitive } from '../../src/sensitive.ts';
import { fleet, hostOf, playOf } from './fleet.ts';

/** Renders one check, written as YAML in flow style, on gw1. */
function render(check: string, vars: Vars = {}) {
  const play = playOf(`- { id: edge, hosts: edge, rules: [{ template: x }], checks: [${check}] }`);
  return renderChecks({ ...play, vars }, fleet, hostOf(fleet, 'gw1'), {});
}

const messages = (check: string, vars?: Vars) =>
  render(check, vars).problems.map(({ code, message }) => `${code}: ${message}`);

describe('a check', () => {
  test('is filled in and keeps what was written besides', () => {
    expect(
      render(
        '{ name: "site of {{inventory_hostname}}", http: "https://{{vip}}/healthz", expect: { status: 200, body: "{{word}}" }, retries: 1 }',
        { vip: '203.0.113.1', word: 'all is well' },
      ),
    ).toEqual({
      problems: [],
      checks: [
        {
          name: 'site of gw1',
          from: 'controller',
          probe: {
            kind: 'http',
            url: 'https://203.0.113.1/healthz',
            expect: { status: 200, body: 'all is well' },
          },
          timeoutSeconds: 5,
          retries: 1,
          delaySeconds: 1,
          baseline: true,
          whenAlreadyFailing: 'require_fix',
        },
      ],
    });
  });

  test.each([
    ['tcp: "{{ansible_host}}:{{port}}"', { kind: 'tcp', address: '198.51.100.1', port: 443, expect: 'open' }],
    ['tcp: "[{{v6}}]:{{port}}"', { kind: 'tcp', address: '2001:db8::1', port: 443, expect: 'open' }],
    ['tcp: "db-1.internal:{{port}}"', { kind: 'tcp', address: 'db-1.internal', port: 443, expect: 'open' }],
    [
      'tcp: "{{#each (hosts "web[0]")}}{{address}}{{/each}}:80"'.replaceAll('"web[0]"', "'web[0]'"),
      { kind: 'tcp', address: '10.0.0.11', port: 80, expect: 'open' },
    ],
    ['http: "http://[{{v6}}]:{{port}}/"', { kind: 'http', url: 'http://[2001:db8::1]:443/', expect: {} }],
    [
      'command: "test -e /run/{{word}} && echo \'a b\'"',
      { kind: 'command', command: "test -e /run/ok.pid && echo 'a b'", expect: { exitCode: 0 } },
    ],
  ])('%s', (check, probe) => {
    const { checks, problems } = render(`{ ${check} }`, { port: 443, v6: '2001:db8::1', word: 'ok.pid' });
    expect(problems).toEqual([]);
    expect(checks[0]?.probe).toEqual(probe);
  });
});

describe('values that may not stand where they stand', () => {
  test.each([
    ['a; rm -rf /', 'shell-value: check "c": x is "a; rm -rf /", which is not one plain word of a command'],
    ['a;b', 'shell-value: check "c": x is "a;b", which is not one plain word of a command'],
    ['$(id)', 'shell-value: check "c": x is "$(id)", which is not one plain word of a command'],
    ['a b', 'shell-value: check "c": x is "a b", which is not one plain word of a command'],
    ['a\nb', 'shell-value: check "c": x is "a\\nb", which is not one plain word of a command'],
    ['*', 'shell-value: check "c": x is "*", which is not one plain word of a command'],
    ['', 'not-a-token: check "c": x is empty'],
    ['~root', 'shell-value: check "c": x is "~root", which is not one plain word of a command'],
  ])('%j in a command', (x, complaint) => {
    expect(messages('{ name: c, command: "echo {{x}}" }', { x })).toEqual([complaint]);
  });

  test.each([
    [
      'tcp: "{{x}}:80"',
      '10.0.0.1 ',
      'not-a-token: check "c": x is "10.0.0.1 ", which can\'t be part of an address',
    ],
    ['tcp: "{{x}}:80"', '2001:db8::1', 'check-target: check "c": "2001:db8::1:80" is not address:port'],
    ['tcp: "{{x}}:80"', '10.0.0.300', 'check-target: check "c": "10.0.0.300:80" is not address:port'],
    ['tcp: "10.0.0.1:{{x}}"', 65536, 'check-target: check "c": "10.0.0.1:65536" is not address:port'],
    ['tcp: "{{x}}"', '10.0.0.1', 'check-target: check "c": "10.0.0.1" is not address:port'],
    ['http: "{{x}}"', 'ftp://x/', 'check-target: check "c": "ftp://x/" is not an http or https URL'],
    ['http: "{{x}}/"', '10.0.0.1', 'check-target: check "c": "10.0.0.1/" is not an http or https URL'],
    [
      'http: "http://{{x}}/"',
      '2001:db8::1',
      'check-target: check "c": "http://2001:db8::1/" is not an http or https URL',
    ],
    ['tcp: "{{vpi}}:80"', '', 'undefined-variable: check "c": vpi is not defined'],
    ['tcp: "{{#ipv4}}10.0.0.1{{/ipv4}}:80"', '', 'family-block: check "c": {{#ipv4}} has no meaning here'],
  ])('%s with %j', (probe, x, complaint) => {
    expect(messages(`{ name: c, ${probe} }`, { x })).toEqual([complaint]);
  });

  test('problems of all checks come at once, with their lines', () => {
    const play = playOf(
      '- id: edge\n  hosts: edge\n  rules: [{ template: x }]\n  checks:\n    - tcp: "{{a}}:1"\n    - tcp: "{{b}}:2"\n',
    );
    expect(renderChecks(play, fleet, hostOf(fleet, 'gw1'), {}).problems.map(formatProblem)).toEqual([
      'site.yml:5 (gw1): check "tcp {{a}}:1": a is not defined\n    Define it in the play\'s vars, the inventory or with -e, or give a fallback: (default a …).',
      'site.yml:6 (gw1): check "tcp {{b}}:2": b is not defined\n    Define it in the play\'s vars, the inventory or with -e, or give a fallback: (default b …).',
    ]);
  });
});

describe('from where', () => {
  test.each([
    ['from: controller', ['c from controller']],
    ['from: gateway', ['c from gateway']],
    ['from: web1', ['c from web1']],
    // Each of them makes the check, under a name of its own.
    ["from: 'web:!web3'", ['c from web1 from web1', 'c from web2 from web2']],
    ['from: "{{probe}}"', ['c from web2']],
    // The gateway looks over the connection that proves its change.
    ['from: gw1', ['c from gateway']],
  ])('%s', (from, expected) => {
    const { checks, problems } = render(`{ name: c, tcp: "10.0.0.1:80", ${from} }`, { probe: 'web2' });
    expect(problems).toEqual([]);
    expect(
      checks.map(({ name, from }) => `${name} from ${typeof from === 'string' ? from : from.host}`),
    ).toEqual(expected);
  });

  test.each([
    ['from: nobody', 'no-hosts: check "c": from: '],
    ["from: 'web:nobody'", 'no-hosts: check "c": from: "nobody" in the pattern "web:nobody" names no host'],
    ['from: "{{x}}"', 'not-a-token: check "c": x is "a b", which can\'t be part of an address'],
  ])('%s is an error', (from, complaint) => {
    const [message = ''] = messages(`{ name: c, tcp: "10.0.0.1:80", ${from} }`, { x: 'a b' });
    expect(message.slice(0, complaint.length)).toBe(complaint);
  });

  test('a command runs on the gateway, or where a pattern says', () => {
    const [own] = render('{ command: "true" }').checks;
    const [other] = render('{ command: "true", from: web1 }').checks;
    expect([own?.from, other?.from]).toEqual(['gateway', { host: 'web1' }]);
  });
});

describe('over a list', () => {
  const names = (check: string, vars?: Vars) => {
    const { checks, problems } = render(check, vars);
    expect(problems).toEqual([]);
    return checks.map(({ name }) => name);
  };

  test('makes the check for each item, and tells them apart', () => {
    const vars = { ports: [80, 443], sites: [{ name: 'a', at: '10.0.0.1:80' }, { at: '10.0.0.2:80' }] };
    expect(names('{ each: ports, tcp: "10.0.0.1:{{item}}" }', vars)).toEqual([
      'tcp 10.0.0.1:80',
      'tcp 10.0.0.1:443',
    ]);
    expect(names('{ name: up, each: ports, tcp: "10.0.0.1:{{item}}" }', vars)).toEqual([
      'up [80]',
      'up [443]',
    ]);
    expect(names('{ name: up, each: sites, tcp: "{{item.at}}" }', vars)).toEqual(['up [a]', 'up [2]']);
    expect(names('{ with: [1, 2], tcp: "10.0.0.1:{{item}}" }')).toEqual(['tcp 10.0.0.1:1', 'tcp 10.0.0.1:2']);
    expect(names("{ each: 'hosts \"web[0:1]\"', tcp: '{{item.address}}:80' }")).toEqual([
      'tcp 10.0.0.11:80',
      'tcp 10.0.0.12:80',
    ]);
    expect(names('{ each: ports, tcp: "{{ansible_host}}:{{item}}" }', { ports: [] })).toEqual([]);
  });

  test.each([
    ['{ name: c, each: prots, tcp: "10.0.0.1:{{item}}" }', 'undefined-variable: check "c": prots is not'],
    [
      '{ name: c, each: uplink, tcp: "10.0.0.1:1" }',
      'arguments: check "c": each can\'t go through uplink: it',
    ],
    ['{ name: "c{{item}}", with: [1, 1], tcp: "10.0.0.1:1" }', 'duplicate-check: check "c{{item}}": another'],
    ['{ name: c, with: ["a;b"], command: "echo {{item}}" }', 'shell-value: check "c": item is "a;b"'],
  ])('%s is an error', (check, complaint) => {
    const [message = ''] = messages(check);
    expect(message.slice(0, complaint.length)).toBe(complaint);
  });

  test('counts those that have to take turns over one connection', () => {
    const many = { ports: Array.from({ length: 30 }, (_, index) => index + 1) };
    const check = (from: string) => `{ name: c, each: ports, tcp: "10.0.0.1:{{item}}", ${from} }`;
    expect(names(check('from: controller'), many)).toHaveLength(30);
    expect(messages(check('from: gateway'), many)).toEqual([
      'checks-too-slow: check "c [1]": 30 checks from the gateway are made 8 at a time and may take 82 s together, but confirm_within is 60 s',
    ]);
  });
});

describe('the kinds', () => {
  const vars = { v6: '2001:db8::1', word: 'ok' };
  test.each([
    [
      'udp: "10.0.0.1:53", send: "a{{word}}\\n"',
      { kind: 'udp', address: '10.0.0.1', port: 53, payload: '616f6b0a', expect: 'open' },
    ],
    [
      'udp: "[{{v6}}]:53", send_hex: "00FF", expect: { answer: "{{word}}" }',
      { kind: 'udp', address: '2001:db8::1', port: 53, payload: '00ff', expect: 'open', answer: 'ok' },
    ],
    ['ping: "{{v6}}", expect: filtered', { kind: 'ping', address: '2001:db8::1', expect: 'filtered' }],
    [
      'dns: www.example.com., server: "{{v6}}"',
      {
        kind: 'dns',
        name: 'www.example.com',
        type: 'A',
        address: '2001:db8::1',
        port: 53,
        expect: { kind: 'port', port: 'open' },
      },
    ],
    [
      'dns: example.com, type: MX, server: "10.0.0.1:5353", expect: { answers: ["10 {{word}}"] }',
      {
        kind: 'dns',
        name: 'example.com',
        type: 'MX',
        address: '10.0.0.1',
        port: 5353,
        expect: { kind: 'answers', answers: ['10 ok'] },
      },
    ],
    [
      'dns: no.example, server: "[{{v6}}]:5353", expect: nxdomain',
      {
        kind: 'dns',
        name: 'no.example',
        type: 'A',
        address: '2001:db8::1',
        port: 5353,
        expect: { kind: 'nxdomain' },
      },
    ],
    [
      'conntrack: "tcp dst={{v6}} dport=443 reply-src=2001:db8:0:0:1::a state=ESTABLISHED"',
      {
        kind: 'conntrack',
        family: 'ipv6',
        protocol: 'tcp',
        match: {
          dst: ['2001:db8::1', '2001:0db8:0000:0000:0000:0000:0000:0001'],
          dport: ['443'],
          'reply-src': ['2001:db8:0:0:1::a', '2001:db8::1:0:0:a', '2001:0db8:0000:0000:0001:0000:0000:000a'],
          state: ['ESTABLISHED'],
        },
        expect: { least: 1 },
      },
    ],
    [
      'counters: filter FORWARD, comment: "{{word}} then", over: 5s, expect: stay',
      {
        kind: 'counters',
        family: 'ipv4',
        table: 'filter',
        chain: 'FORWARD',
        rule: { kind: 'comment', text: 'ok then' },
        overSeconds: 5,
        expect: 0,
      },
    ],
    [
      `distribution: "http://10.0.0.1/", expect: { backends: "{{#each (hosts 'web')}}{{name}} {{/each}}" }`,
      {
        kind: 'distribution',
        url: 'http://10.0.0.1/',
        connections: 60,
        expect: { by: 'random', shares: { web1: 1, web2: 1, web3: 1 } },
      },
    ],
    [
      'distribution: "http://10.0.0.1/", connections: 9, expect: { backends: { a: 2, b: 1 }, by: exact }',
      {
        kind: 'distribution',
        url: 'http://10.0.0.1/',
        connections: 9,
        expect: { by: 'exact', shares: { a: 2, b: 1 } },
      },
    ],
  ])('%s', (check, probe) => {
    const { checks, problems } = render(`{ ${check} }`, vars);
    expect(problems).toEqual([]);
    expect(checks[0]?.probe).toEqual(probe);
  });

  const faults = (check: string) =>
    parsePlaybook(
      `- { id: edge, hosts: edge, rules: [{ template: x }], checks: [{ ${check} }] }`,
      'site.yml',
    ).problems.map(({ message }) => message);
  test.each([
    [
      'tcp: "10.0.0.1:80", expect: nxdomain',
      'checks[0].expect is "nxdomain": a tcp check expects open, closed',
    ],
    ['ping: 10.0.0.1, send: x', 'checks[0].send is a key of udp, not of ping'],
    [
      'udp: "10.0.0.1:53", expect: { body: y, answer: x }',
      'checks[0].expect is {"body":"y","answer":"x"}: a udp',
    ],
    ['udp: "10.0.0.1:53", send_hex: "0"', 'checks[0].udp: send_hex "0" is not hexadecimal'],
    ['ping: "10.0.0.1:80"', 'checks[0].ping: "10.0.0.1:80" is neither an address nor a name'],
    ['dns: "a..b", server: 10.0.0.1', 'checks[0].dns: "a..b" is not a DNS name'],
    ['dns: www.example.com', 'checks[0].dns: has no server'],
    ['dns: www.example.com, server: 10.0.0.1, type: ANY', 'checks[0].type is "ANY": it must be A, AAAA'],
    ['http: "http://x/", expect: { exit_code: 0 }', 'checks[0].expect is {"exit_code":0}: an http check'],
    ['command: "true", from: controller', 'checks[0].from is controller: a command runs only on the gateway'],
    ['conntrack: "tcp dst=nobody"', 'checks[0].conntrack: "dst=nobody": dst is an address'],
    ['conntrack: "tcp dport=80 x=1"', 'checks[0].conntrack: "x=1" is none of src=, dst='],
    ["conntrack: 'tcp; dport=80'", 'checks[0].conntrack: "tcp;" is not a protocol'],
    [
      'conntrack: tcp, from: controller',
      'checks[0].from is controller: a conntrack check looks only on the gateway',
    ],
    ['conntrack: tcp, from: gw2', 'checks[0].from is gw2: a conntrack check looks only on the gateway'],
    ['counters: filter', 'checks[0].counters: "filter" is not a table and a chain'],
    ["counters: 'filter $(id)'", 'checks[0].counters: "filter $(id)" is not a table and a chain'],
    ['counters: filter INPUT, over: 5s, timeout: 4s', 'checks[0].timeout is no longer than over'],
    ['counters: filter INPUT, rule: a, comment: b', 'checks[0].comment stands beside rule'],
    ['distribution: "http://x/"', 'checks[0].expect is missing: a distribution expects a mapping'],
    [
      'distribution: "http://x/", expect: { backends: [a, a] }',
      'checks[0].distribution: names a backend twice',
    ],
    ['tcp: "10.0.0.1:80", each: a, with: [1]', 'checks[0].with stands beside each'],
    ['tcp: "10.0.0.1:80", each: "a }}"', 'checks[0].each: '],
  ])('%s is an error', (check, complaint) => {
    const [message = ''] = faults(check);
    expect(message.slice(0, complaint.length)).toBe(complaint);
  });
});

describe('a header', () => {
  const token = new Sensitive('s3cret');
  const http = (headers: string, more = '') =>
    `{ name: c, http: "http://10.0.0.1/", headers: ${headers}${more} }`;

  test('may be secret, and nothing shows it', () => {
    const { checks, problems } = render(http('{ Authorization: "Bearer {{token}}!", X-Plain: "{{word}}" }'), {
      token,
      word: 'a b',
    });
    expect(problems).toEqual([]);
    const probe = checks[0]?.probe;
    const { Authorization, 'X-Plain': plain } = probe?.kind === 'http' ? (probe.headers ?? {}) : {};
    expect(Authorization instanceof Sensitive && Authorization.reveal()).toBe('Bearer s3cret!');
    expect(plain).toBe('a b');
    expect(JSON.stringify(checks)).not.toContain('s3cret');
    expect(JSON.stringify(checks)).toContain('[secret]');
  });

  test.each([
    [
      http('{ A: b }', ', expect: { body: "{{token}}" }'),
      'secret-in-rule: check "c": token comes out of a vault',
    ],
    [
      http('{ A: "{{token}}" }').replace('10.0.0.1', '{{token}}'),
      'secret-in-rule: check "c": token comes out of',
    ],
    [http('{ A: "{{ansible_password}}" }'), 'secret-in-rule: check "c": ansible_password is a password'],
    [http('{ A: "{{odd}}" }'), 'not-a-token: check "c": odd is "a\\nb", which holds a control character'],
    [http('{ A: "{{zero}}" }'), 'not-a-token: check "c": zero is "\\u00001\\u0000x", which holds a control'],
  ])('%s is an error', (check, complaint) => {
    const [message = ''] = messages(check, {
      token,
      ansible_password: token,
      odd: 'a\nb',
      zero: '\u00001\u0000x',
    });
    expect(message.slice(0, complaint.length)).toBe(complaint);
  });
});
