import { describe, expect, test } from 'vitest';
import { parseTemplate } from '../../src/playbook/template.ts';

/** The line, code and message of everything that is wrong with a template. */
function faults(text: string): readonly string[] {
  const parsed = parseTemplate('lb.hbs', 'templates/lb.hbs', text);
  return 'problems' in parsed
    ? parsed.problems.map(({ line, code, message }) => `${line} ${code}: ${message}`)
    : [];
}

describe('what a template may not do', () => {
  test.each([
    ['raw output', 'a\n{{{x}}}', '2 raw-output: raw output ({{{ }}} or {{& }}) is not allowed'],
    [
      'raw output with an ampersand',
      '{{& x}}',
      '1 raw-output: raw output ({{{ }}} or {{& }}) is not allowed',
    ],
    [
      'a raw block',
      '{{{{if x}}}}{{y}}{{{{/if}}}}',
      '1 raw-output: escaped braces and raw blocks are not allowed',
    ],
    ['escaped braces', '\\{{x}}', '1 raw-output: escaped braces and raw blocks are not allowed'],
    ['a partial block', '{{#> base}}x{{/base}}', '1 partial: blocks of partials ({{#> }}) are not allowed'],
    ["a partial's block", 'a\n{{> @partial-block}}', '2 partial: there is no partial @partial-block'],
    [
      'a partial whose name is computed',
      '\n  {{> (lookup names "x")}}',
      "2 partial: the name of a partial can't be computed",
    ],
    [
      'a partial inside a line',
      '-A INPUT {{> port.hbs}} -j DROP',
      '1 partial: {{> port.hbs}} shares its line with other text',
    ],
    [
      'a partial and its block in one line',
      '{{#if x}}{{> a.hbs}}{{/if}}',
      '1 partial: {{> a.hbs}} shares its line with other text',
    ],
    [
      'a partial of two contexts',
      '{{> a.hbs x y}}',
      '1 arguments: {{> a.hbs}} takes at most one argument, not 2',
    ],
    ['a bad helper for a partial', '{{> a.hbs x=(nope 1)}}', '1 unknown-helper: there is no helper "nope"'],
    ['an inline partial', '{{#*inline "x"}}y{{/inline}}', '1 decorator: decorators ({{* }}) are not allowed'],
    ['a decorator', '{{* x}}', '1 decorator: decorators ({{* }}) are not allowed'],
    ['an unknown helper', '\n{{substract 3 1}}', '2 unknown-helper: there is no helper "substract"'],
    ['an unknown helper inside', '{{#if (isset x)}}{{/if}}', '1 unknown-helper: there is no helper "isset"'],
    ["handlebars' own log", '{{log x}}', '1 unknown-helper: there is no helper "log"'],
    [
      'a block of a variable',
      '{{#backends}}x{{/backends}}',
      '1 unknown-block: there is no block {{#backends}}',
    ],
    ['a block without its sign', '{{if x}}', '1 unknown-helper: if is a block'],
    ['too few arguments', '{{subtract 1}}', '1 arguments: helper subtract takes 2 arguments, not 1'],
    ["a helper's name as a variable", '{{length}}', '1 arguments: helper length takes 1 argument, not 0'],
    ['too many arguments', '{{#each a b}}{{/each}}', '1 arguments: {{#each}} takes 1 argument, not 2'],
    ['an argument to a family', '{{#ipv4 x}}{{/ipv4}}', '1 arguments: {{#ipv4}} takes no argument, not 1'],
    ['named arguments', '{{join x sep=","}}', '1 arguments: no helper takes named arguments such as sep='],
    ["a block that isn't closed", '{{#if x}}\ny', '2 template-syntax: the template ends inside a block'],
    ['a block closed wrongly', 'a\n{{#if x}}{{/each}}', '2 template-syntax: {{/each}} closes {{#if}}'],
    ['half a brace', 'ok\n-A {{x\n', '2 template-syntax: handlebars can\'t read "-A {{x"'],
  ])('%s', (_, text, fault) => {
    expect(faults(text)).toEqual([fault]);
  });

  test('every fault is told, those inside blocks too', () => {
    expect(
      faults('{{{a}}}\n{{#if x}}\n{{nope 1}}\n{{else}}\n{{> (p)}}\n{{/if}}\n').map(
        (fault) => fault.split(':')[0],
      ),
    ).toEqual(['1 raw-output', '3 unknown-helper', '5 partial']);
  });

  test('names that prototypes have are no helpers', () => {
    expect(faults('{{constructor 1}}')).toEqual(['1 unknown-helper: there is no helper "constructor"']);
    expect(faults('{{#toString}}{{/toString}}')).toEqual([
      '1 unknown-block: there is no block {{#toString}}',
    ]);
  });
});
