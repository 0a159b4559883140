import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitTokens } from '../../src/ruleset/tokens.ts';
import { Vaulted } from '../../src/sensitive.ts';
import { complaints, inputRules, renderOne } from './fleet.ts';

describe('a value is one token', () => {
  test.each([
    ['a space', '{{x}}', 'a b', 'holds a space'],
    ['a match smuggled in', '{{x}}', '10.0.0.1 -j ACCEPT', 'holds a space'],
    ['a tab', '{{x}}', 'a\tb', 'holds a control character'],
    ['a no-break space', '{{x}}', 'a\u00a0b', 'holds a space'],
    ['a line break', '{{x}}', 'a\n-A INPUT', 'holds a line break'],
    ['a carriage return', '{{x}}', 'a\rb', 'holds a line break'],
    ['a NUL', '{{x}}', 'a\0b', 'holds a control character'],
    ['a double quote', '{{x}}', 'a"b', 'holds a double quote'],
    ['a single quote', '{{x}}', "a'b", 'holds a single quote'],
    ['a backslash', '{{x}}', 'a\\', 'holds a backslash'],
    ['an option', '{{x}}', '-j', 'begins with "-"'],
    ['a negation', '{{x}}', '!', 'would turn the meaning around'],
    ['a comment', '{{x}}', '#x', 'begins with "#"'],
    ['an option in quotes', '"{{x}}"', '-j', 'begins with "-"'],
    ['an option right after a quote', '"a"{{x}}', '-j', 'begins with "-"'],
    ['a quote in quotes', '"a {{x}}"', 'a" -j ACCEPT', 'holds a double quote'],
    ['a backslash in quotes', '"a {{x}}"', 'a\\', 'holds a backslash'],
    ['a line break in quotes', '"{{x}}"', 'a\nCOMMIT', 'holds a line break'],
    ['a line break in a comment', '"x"\n# {{x}}', 'a\nCOMMIT', 'holds a line break'],
  ])('%s is refused', (_, place, x, complaint) => {
    expect(complaints(`-A INPUT -m comment --comment ${place}`, { x })).toEqual([
      `not-a-token: x is ${JSON.stringify(x)}: it ${complaint}`,
    ]);
  });

  test('an empty value is refused, even in quotes: `-i ""` would mean every interface', () => {
    expect(complaints('-A INPUT -i {{x}} -j ACCEPT', { x: '' })).toEqual(['not-a-token: x is empty']);
    expect(complaints('-A INPUT -i "{{x}}" -j ACCEPT', { x: '' })).toEqual(['not-a-token: x is empty']);
  });

  test('a value never stands after a backslash that would eat its first character', () => {
    const complaintsOf = (text: string) => complaints(`-A INPUT -m comment --comment ${text}"`, { x: 'v' });
    const eaten = 'not-a-token: {{x}} stands after a backslash';
    // Before braces Handlebars takes one of the backslashes for itself.
    expect(complaintsOf('"a\\\\{{x}}')).toEqual([eaten]);
    expect(complaintsOf('"\\" \\\\\\\\{{x}}')).toEqual([eaten]);
    expect(complaintsOf('"a\\\\\\{{x}}')).toEqual([]);
  });

  test('text that holds an escaped quote is still open', () => {
    const rule = '-A INPUT -m comment --comment "a \\" {{x}}"';
    expect(inputRules(rule, { x: 'the front door' })).toEqual([rule.replace('{{x}}', 'the front door')]);
  });

  test('every one of very many bad values is told', () => {
    const list = Array.from({ length: 200_000 }, (_, at) => `a ${at}`);
    const text = '*filter\n{{#each list}}\n-A INPUT -s {{this}} -j DROP\n{{/each}}\nCOMMIT\n';
    expect(renderOne(text, { list }).problems).toHaveLength(list.length);
  });

  test('a line never begins with a value', () => {
    expect(complaints('{{x}} INPUT -j ACCEPT', { x: 'COMMIT' })).toEqual([
      "value-at-line-start: a line can't begin with a value ({{x}})",
    ]);
  });

  test('template text in a variable is named, not rendered', () => {
    expect(complaints('-A INPUT -s {{x}}', { x: '{{ other }}' })).toEqual([
      'unrendered-variable: x still holds template text: "{{ other }}"',
    ]);
    expect(complaints('-A INPUT -s {{x}}', { x: '{%if%}' })).toEqual([
      'unrendered-variable: x still holds template text: "{%if%}"',
    ]);
  });

  test('secrets are never rendered', () => {
    expect(complaints('-A INPUT -s {{x}}', { x: new Vaulted('…') })).toEqual([
      'secret-in-rule: x comes out of a vault or from a password, and secrets are never rendered',
    ]);
  });

  test('a number that JavaScript could not keep is refused', () => {
    expect(complaints('-A INPUT -s {{x}}', { x: Number('12345678901234567890') })).toEqual([
      'not-a-token: x is a number too large to be exact (12345678901234567000)',
    ]);
  });

  test('what is harmless passes: text in quotes, dashes inside, values in comments', () => {
    expect(
      inputRules('-A INPUT -m comment --comment "it\'s {{x}} #1"\n  # {{x}} and "so\n-A INPUT -i eth{{y}}', {
        x: 'the front door',
        y: '-1',
      }),
    ).toEqual(['-A INPUT -m comment --comment "it\'s the front door #1"', '-A INPUT -i eth-1']);
  });
});

test('no value of a variable ever adds a token or a line', () => {
  const nasty = fc.constantFrom(
    ' ',
    '\t',
    '\n',
    '\r',
    '"',
    "'",
    '\\',
    '#',
    '-',
    '!',
    ':',
    '*',
    'a',
    '1',
    '.',
    '\u2028',
    '\u0000',
    '{',
    '}',
    'COMMIT',
    '-j',
  );
  const values = fc.oneof(fc.string(), fc.string({ unit: nasty, maxLength: 8 }), fc.integer(), fc.double());
  const places = [
    '{{x}}',
    'a{{x}}',
    '{{x}}a',
    '"{{x}}"',
    '"a {{x}} b"',
    'a"{{x}}"',
    '"a"{{x}}',
    '{{x}}{{x}}',
    '{{#if true}}{{x}}{{/if}}',
  ];
  const piece = fc.constantFrom('a', ' ', '\t', '"', '\\"', '\\\\', '\\', '#', '-', '{{#if true}}{{/if}}');
  const anywhere = fc
    .tuple(fc.string({ unit: piece, maxLength: 8 }), fc.constantFrom('', '"', ' "'))
    .map(([before, after]) => `${before}{{x}}${after}`)
    // Handlebars takes them for braces that are text, which is refused.
    .filter((place) => !/(^|[^\\])\\\{\{/.test(place));
  const template = (place: string) =>
    `*filter\n-A INPUT -m comment --comment ${place} -j ACCEPT\n-A INPUT -j DROP\nCOMMIT\n`;
  const shape = (text: string) => text.split('\n').map((line) => splitTokens(line).tokens.length);
  let rendered = 0;
  fc.assert(
    fc.property(values, fc.oneof(fc.constantFrom(...places), anywhere), (x, place) => {
      const { rulesets, problems } = renderOne(template(place), { x });
      expect(rulesets.length === 0).toBe(problems.length > 0);
      if (rulesets[0] === undefined) return;
      rendered += 1;
      const { rulesets: plain } = renderOne(template(place), { x: 'v' });
      expect(shape(rulesets[0].text)).toEqual(shape(plain[0]?.text ?? ''));
    }),
    { seed: 20, numRuns: 6000 },
  );
  // Enough must get through for the property to mean anything.
  expect(rendered).toBeGreaterThan(500);
});

describe('the source of each line', () => {
  test('is the line of the template, through blocks and loops', () => {
    const text = [
      '*filter',
      '{{#if on}}',
      '',
      '-A INPUT -s 10.0.0.1',
      '{{/if}}',
      '{{~#each list}}',
      '  {{! why }}',
      '  -A INPUT -s {{this}}',
      '{{/each}}',
      '{{#unless on}}',
      'x',
      '{{else}}',
      '-A INPUT -s 10.0.0.9',
      '{{/unless}}',
      '# {{on2}}',
      'COMMIT',
    ].join('\n');
    const { rulesets, problems } = renderOne(text, { on: true, on2: 'x', list: ['10.0.0.2', '10.0.0.3'] });
    expect(problems).toEqual([]);
    const [ruleset] = rulesets;
    const lines = ruleset?.text.split('\n') ?? [];
    const rules = lines.flatMap((line, index) =>
      line.startsWith('-A') ? [`${ruleset?.sources[index]?.line} ${line.slice(12)}`] : [],
    );
    expect(rules).toEqual(['4 10.0.0.1', '8 10.0.0.2', '8 10.0.0.3', '13 10.0.0.9']);
    expect(ruleset?.sources).toHaveLength(lines.length - 1);
  });

  test('holds for any nesting of blocks', () => {
    // Each rule carries its own line number, so that the map can be read off the text.
    const block = fc.constantFrom(
      ['{{#if @root.on}}', '{{/if}}'],
      ['{{#each @root.one}}', '{{/each}}'],
      ['{{#unless @root.off}}', '{{/unless}}'],
      ['{{#ipv4}}', '{{/ipv4}}'],
      ['{{#with @root.on}}', '{{/with}}'],
    );
    const tree = fc.letrec<{ node: readonly string[] }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(['RULE'], [''], ['# note'], ['  RULE']),
        fc
          .tuple(block, fc.array(tie('node'), { maxLength: 4 }))
          .map(([[open = '', close = ''], inner]) => [open, ...inner.flat(), close]),
      ),
    }));
    fc.assert(
      fc.property(fc.array(tree.node, { maxLength: 6 }), fc.constantFrom('\n', '\r\n'), (nodes, end) => {
        const body = ['*filter', ...nodes.flat(), 'COMMIT'].map((line, index) =>
          line.replace('RULE', `-A INPUT -m mark --mark ${index + 1}`),
        );
        const { rulesets, problems } = renderOne(body.join(end), { on: 1, off: false, one: [1] });
        expect(problems).toEqual([]);
        const lines = rulesets[0]?.text.split('\n') ?? [];
        lines.forEach((line, index) => {
          const mark = /--mark (\d+)/.exec(line)?.[1];
          if (mark !== undefined) expect(rulesets[0]?.sources[index]?.line).toBe(Number(mark));
        });
        expect(rulesets[0]?.text).not.toContain('\r');
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});
