import { expect, it } from 'vitest';
import { splitWords } from '../../src/inventory/shell-split.ts';

it.each([
  ['h1 a=1  b=2\t', ['h1', 'a=1', 'b=2']],
  [`h1 a='x y' b="p q"`, ['h1', 'a=x y', 'b=p q']],
  [`h1 d="it's" e='"5"'`, ['h1', "d=it's", 'e="5"']],
  ['h1 e=a\\ b', ['h1', 'e=a b']],
  ['l={"a":1}', ['l={a:1}']],
  ['h1 a=""', ['h1', 'a=']],
  ["''", ['']],
  ['h1 # comment', ['h1']],
  ['h1 a=b#c d=e', ['h1', 'a=b']],
  [`h1 a='#' b="x#y"`, ['h1', 'a=#', 'b=x#y']],
  ['h1 a=\\#b', ['h1', 'a=#b']],
  [`a"b"'c'd`, ['abcd']],
  [`"a\\"b\\\\c\\d"`, ['a"b\\c\\d']],
  [`'a\\'`, ['a\\']],
])('splits %s', (line, words) => {
  expect(splitWords(line)).toEqual({ words });
});

it.each([
  [`h1 a='x`, 'no closing quotation'],
  [`h1 a="x\\"`, 'no closing quotation'],
  ['h1 a\\', 'nothing follows the last backslash'],
])('refuses %s', (line, error) => {
  expect(splitWords(line)).toEqual({ error });
});
