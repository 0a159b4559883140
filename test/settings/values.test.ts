import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Sensitive } from '../../src/sensitive.ts';
import type { Kind } from '../../src/settings/table.ts';
import { type ExpandPath, parseValue } from '../../src/settings/values.ts';

const expand: ExpandPath = (written) =>
  written.startsWith('~') ? { fault: 'no home' } : { path: `/base/${written}` };

describe('what is written', () => {
  it.each<[Kind, string, unknown]>([
    ['text', 'deploy', 'deploy'],
    ['text', '"-o A=b"', '-o A=b'],
    ['text', '"-o" "A=b"', '-o" "A=b'],
    ['text', `'a`, `'a`],
    ['text', '"', '"'],
    ['text', '', ''],
    ['boolean', 'True', true],
    ['boolean', 'yes', true],
    ['boolean', '"on"', true],
    ['boolean', '1', true],
    ['boolean', 'FALSE', false],
    ['boolean', 'n', false],
    ['count', '20', 20],
    ['count', '', undefined],
    ['port', '65535', 65_535],
    ['seconds', ' 30 ', 30],
    ['list', `a, 'b',,c`, ['a', 'b', 'c']],
    ['patterns', '^x, y$', ['^x', 'y$']],
    ['path', 'keys/id', '/base/keys/id'],
    ['path', '', undefined],
    ['paths', 'a, b', ['/base/a', '/base/b']],
    ['paths', 'h1,h2,', ['h1,h2,']],
    ['paths', ' ', undefined],
  ])('as %s, %j is %j', (kind, written, value) => {
    expect(parseValue(kind, written, expand)).toEqual({ value });
  });

  it.each<[Kind, string, string]>([
    ['boolean', 'flase', 'true or false'],
    ['boolean', '', 'true or false'],
    ['count', '0', 'from 1'],
    ['count', 'many', 'from 1'],
    ['count', '1e3', 'from 1'],
    ['port', '65536', 'to 65535'],
    ['seconds', '-1', 'from 1 to 86400'],
    ['path', '~ada/key', 'no home'],
    ['paths', 'a, ~ada/hosts', 'no home'],
    ['patterns', '(?P<x>a)', 'no regular expression'],
    ['patterns', 'a\\Z', 'no regular expression'],
  ])('as %s, %j is refused: %s', (kind, written, fault) => {
    expect(parseValue(kind, written, expand)).toEqual({ fault: expect.stringContaining(fault) });
  });
});

it('keeps a secret', () => {
  const parsed = parseValue('secret', 'hunter2', expand);
  expect(inspect(parsed) + JSON.stringify(parsed)).not.toContain('hunter2');
  expect('value' in parsed && parsed.value instanceof Sensitive && parsed.value.reveal()).toBe('hunter2');
});
