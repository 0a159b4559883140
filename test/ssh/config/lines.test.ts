import { expect, test } from 'vitest';
import { splitLine } from '../../../src/ssh/config/lines.ts';

test.each<[string, string, readonly string[] | undefined]>([
  ['Port 22', 'Port', ['22']],
  ['  Port\t 22  ', 'Port', ['22']],
  ['Port=22', 'Port', ['22']],
  ['Port = 22', 'Port', ['22']],
  ['Port 22 # comment', 'Port', ['22']],
  ['User a#b', 'User', ['a#b']],
  ['User "a b" c', 'User', ['a b', 'c']],
  ["User 'a \"b'", 'User', ['a "b']],
  ['User a\\ b\\"\\\\ "c\\ d"', 'User', ['a b"\\', 'c\\ d']],
  ['User a"b c"d', 'User', ['ab cd']],
  ['User ""', 'User', ['']],
  ['User "a', 'User', undefined],
  ['Port', 'Port', []],
])('%j', (text, keyword, words) => {
  expect(splitLine(text)).toMatchObject({ keyword, words });
});

test('a command is the rest of its line, as it stands', () => {
  expect(splitLine('ProxyCommand = nc "%h" %p # no comment')).toMatchObject({
    rest: 'nc "%h" %p # no comment',
  });
});

test.each(['', '   ', '# Port 22', '  # Port'])('%j says nothing', (text) => {
  expect(splitLine(text)).toBeUndefined();
});
