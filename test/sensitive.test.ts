import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Sensitive } from '../src/sensitive.ts';

test('a secret answers only to reveal()', () => {
  const secret = new Sensitive('hunter2');
  const shown = [
    `${secret}`,
    String(secret),
    JSON.stringify({ secret }),
    inspect({ deep: [{ secret }] }, { showHidden: true, depth: 9 }),
    JSON.stringify(Object.entries(secret)),
    JSON.stringify({ ...secret }),
    inspect(structuredClone(secret)),
    new Error(`no ${secret}`).message,
  ].join('\n');
  expect(shown).not.toContain('hunter2');
  expect(`${secret}`).toBe('[secret]');
  expect(JSON.stringify(secret)).toBe('"[secret]"');
  expect(secret.reveal()).toBe('hunter2');
});
