import Handlebars from 'handlebars';
import { describe, expect, test } from 'vitest';
import { complaints, inputRules, renderOne } from './fleet.ts';

/** The one rule that a template renders to, without `-A INPUT `. */
const rule = (expression: string, vars = {}) =>
  inputRules(`-A INPUT -m comment --comment ${expression}`, vars)[0]?.replace(
    '-A INPUT -m comment --comment ',
    '',
  );

describe('expressions', () => {
  const vars = {
    name: 'edge',
    port: 443,
    ratio: 0.25,
    ports: [80, 443],
    web: { http: 80, https: 443 },
    empty: [],
    zero: 0,
    on: true,
    off: false,
  };

  test.each([
    ['{{name}}', 'edge'],
    ['x{{port}}y', 'x443y'],
    ['{{ratio}}', '0.25'],
    ['{{web.https}}', '443'],
    ['{{ports.[1]}}', '443'],
    ['{{ports.length}}', '2'],
    ['{{this.name}}', 'edge'],
    ['{{@root.name}}', 'edge'],
    ['{{5}}', '5'],
    ['{{"lit"}}', 'lit'],
    ['{{add port 1}}', '444'],
    ['{{add 1 2 3}}', '6'],
    ['{{subtract (length ports) 1}}', '1'],
    ['{{add "2" 3}}', '5'],
    ['{{length web}}', '2'],
    ['{{join ports ","}}', '80,443'],
    ['{{lookup web "http"}}', '80'],
    ['{{default missing "x"}}', 'x'],
    ['{{default web.ftp 21}}', '21'],
    ['{{default name "x"}}', 'edge'],
    ['{{inventory_hostname}}', 'gw1'],
    ['{{uplink}}', 'eth0'],
    ['{{join group_names ","}}', 'edge'],
    ['{{join groups.web ","}}', 'web1,web2,web3'],
    ['{{#if on}}a{{else}}b{{/if}}', 'a'],
    ['{{#if off}}a{{else}}b{{/if}}', 'b'],
    ['{{#if zero}}a{{else}}b{{/if}}', 'b'],
    ['{{#if empty}}a{{else if ports}}b{{/if}}', 'b'],
    ['{{#unless off}}a{{/unless}}', 'a'],
    ['{{#if (eq port "443")}}a{{/if}}', 'a'],
    ['{{#if (ne port 80)}}a{{/if}}', 'a'],
    ['{{#if (in 80 ports)}}a{{/if}}', 'a'],
    ['{{#if (and on (not off))}}a{{/if}}', 'a'],
    ['{{#if (or off zero)}}a{{else}}b{{/if}}', 'b'],
    ['{{#with web}}{{https}}-{{../name}}{{/with}}', '443-edge'],
    ['{{#with empty}}a{{else}}b{{/with}}', 'b'],
    ['{{#each empty}}a{{else}}none{{/each}}', 'none'],
    ['x{{#each ports}}{{@index}}{{this}}{{#unless @last}},{{/unless}}{{/each}}', 'x080,1443'],
    ['x{{#each web}}{{@key}}{{#if @first}}:{{/if}}{{/each}}', 'xhttp:https'],
    [
      'x{{#each ports as |p i|}}{{#each @root.web}}{{p}}{{@../index}}{{/each}}{{i}}{{/each}}',
      'x8008000443144311',
    ],
    ['{{! a comment }}{{name}}', 'edge'],
  ])('%s renders to %s', (expression, text) => {
    expect(rule(expression, vars)).toBe(text);
  });
});

describe('what has no value is a problem', () => {
  const vars = { vip: '10.0.0.1', web: { http: 80 }, ports: [80], flag: 'false', text: 'x', none: null };

  test.each([
    ['a slip', '{{vpi}}', 'undefined-variable: vpi is not defined'],
    ['a missing key', '{{web.htp}}', 'undefined-variable: web.htp is not defined: there is no "htp"'],
    [
      'a key of a text',
      '{{text.length}}',
      'undefined-variable: text.length is not defined: there is no "length", which is "x"',
    ],
    [
      'what prototypes have',
      '{{web.constructor}}',
      'undefined-variable: web.constructor is not defined: there is no "constructor"',
    ],
    [
      'a prototype itself',
      '{{web.__proto__}}',
      'undefined-variable: web.__proto__ is not defined: there is no "__proto__"',
    ],
    [
      'a prototype through lookup',
      '{{lookup web "constructor"}}',
      'undefined-variable: web has no "constructor"',
    ],
    [
      'an outer variable in a loop',
      '{{#each ports}}{{vip}}{{/each}}',
      'undefined-variable: vip is not defined inside this block',
    ],
    ['one ../ too many', '{{../vip}}', 'undefined-variable: ../vip means nothing here'],
    ['@index outside of a loop', '{{@index}}', 'undefined-variable: @index means nothing here'],
    ['a condition', '{{#if alow}}x{{/if}}', 'undefined-variable: alow is not defined'],
    [
      'a text that means no',
      '{{#if flag}}x{{/if}}',
      'ambiguous-truth: flag is the text "false", which would count as true',
    ],
    [
      'a loop through a text',
      '{{#each text}}x{{/each}}',
      'arguments: {{#each}} can\'t go through text: it is "x"',
    ],
    ['a sum of words', '{{add text 1}}', 'arguments: text is not a number but "x"'],
    ['a list that is none', '{{join text ","}}', 'arguments: text is not a list but "x"'],
    ['a list', '{{ports}}', 'not-a-token: ports is a list ([80]), which has no place in a line'],
    ['a mapping', '{{web}}', 'not-a-token: web is a mapping ({"http":80}), which has no place in a line'],
    ['null', '{{none}}', 'not-a-token: none is null (null), which has no place in a line'],
    ['a boolean', '{{eq 1 1}}', 'not-a-token: eq 1 1 is a boolean (true), which has no place in a line'],
    ['hosts of no group', '{{length (hosts "wbe")}}', 'no-hosts: pattern "wbe" matches no host'],
    [
      'an exclusion that excludes nothing',
      '{{length (hosts "web:!odl")}}',
      'no-hosts: "!odl" in the pattern "web:!odl" names no host and no group',
    ],
    [
      'hosts half of which are a slip',
      '{{length (hosts "web:wbe")}}',
      'no-hosts: "wbe" in the pattern "web:wbe" names no host and no group',
    ],
  ])('%s', (_, expression, complaint) => {
    expect(complaints(`-A INPUT -m comment --comment x${expression}`, vars)).toEqual([complaint]);
  });

  test('what to do with a list of mappings is something that can be written', () => {
    const { problems } = renderOne('*filter\n-A INPUT -s {{join (hosts "web") ","}} -j ACCEPT\nCOMMIT', vars);
    expect(problems.map(({ remedy }) => remedy)).toEqual([
      'Go through the list with {{#each}}, and name a key of each item: {{address}}.',
    ]);
  });

  test('every problem of a template is told, not only the first, and each once', () => {
    const body = '-A INPUT -s {{a}} -d {{b}}\n{{#each list}}\n-A INPUT -s {{c}}\n{{/each}}\n';
    expect(complaints(body, { list: [1, 2, 3] }, ['ipv4', 'ipv6'])).toEqual([
      'undefined-variable: a is not defined',
      'undefined-variable: b is not defined',
      'undefined-variable: c is not defined',
    ]);
  });
});

describe('what Handlebars itself renders is what we render', () => {
  const vars = {
    on: true,
    off: false,
    n: 3,
    none: [],
    list: ['10.0.0.1', '10.0.0.2'],
    map: { a: '10.1.0.1', b: '10.1.0.2' },
    deep: {
      list: [
        [1, 2],
        [4, 5],
      ],
    },
  };

  test.each([
    ['standalone blocks', '{{#if on}}\nR {{n}}\n{{/if}}\n{{#if off}}\nR 9\n{{else}}\nR 8\n{{/if}}\nR 7'],
    ['blocks inside a line', 'R {{#if on}}1{{else}}2{{/if}}{{#unless off}}3{{/unless}}'],
    ['whitespace control', 'R 1\n{{~#if on}}\nR 2\n{{~/if~}}\n3'],
    [
      'loops',
      '{{#each list}}\nR {{this}} {{@index}}{{#if @first}} f{{/if}}{{#if @last}} l{{/if}}\n{{/each}}',
    ],
    ['loops over mappings', '{{#each map}}\nR {{@key}} {{.}} {{@index}}\n{{/each}}'],
    [
      'nested loops',
      '{{#each deep.list}}\n{{#each this}}\nR {{@../index}} {{@index}} {{this}} {{../../n}}\n{{/each}}\n{{/each}}',
    ],
    [
      'block parameters',
      '{{#each map as |v k|}}\n{{#with ../n as |m|}}\nR {{k}} {{v}} {{m}} {{../../n}}\n{{/with}}\n{{/each}}',
    ],
    ['else of a loop', '{{#each none}}\nx\n{{else}}\nR 1\n{{/each}}'],
    ['else if', '{{#if off}}\nR 1\n{{else if n}}\nR 2\n{{else}}\nR 3\n{{/if}}'],
    ['inverse sections', '{{#if off}}\nR 1\n{{^}}\nR 2\n{{/if}}'],
    ['comments', '{{! a }}\nR 1\n{{!-- {{b}} --}}\nR 2{{! c }}'],
  ])('%s', (_, text) => {
    const body = text
      .replaceAll('R ', '-A INPUT -m comment --comment "')
      .replaceAll(/(--comment "[^\n]*)/g, '$1"');
    const expected = Handlebars.compile(body, { noEscape: true })(vars);
    expect(renderOne(`*filter\n${body}\nCOMMIT`, vars).problems).toEqual([]);
    expect(inputRules(body, vars)).toEqual(
      expected
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== ''),
    );
  });
});
