import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { hideIn, SecretText, Sensitive, Vaulted, withoutSecrets } from '../src/sensitive.ts';

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

test('a text with secrets in it is one, and waits for those that are sealed', () => {
  const sealed = new Vaulted('$ANSIBLE_VAULT');
  const text = new SecretText(['a-', new Sensitive('b'), '-', sealed]);
  expect(text.sealed).toEqual([sealed]);
  expect(() => text.reveal()).toThrow(/before it was decrypted/);
  sealed.open(new Sensitive('c'));
  expect(text.sealed).toEqual([]);
  expect(text.reveal()).toBe('a-b-c');
  expect(`${text} ${JSON.stringify(text)} ${inspect(text)}`).toBe('[secret] "[secret]" [secret]');
});

describe('texts that may quote secrets', () => {
  const secrets = ['22', '192.0.2.7', 'a"b', '', 'op.*'].map((text) => new Sensitive(text));

  test.each([
    ['192.0.2.7 port 22 refuses', '[secret] port [secret] refuses'],
    ['[192.0.2.7]:22', '[[secret]]:[secret]'],
    ['192.0.2.70 took 122 ms', '192.0.2.70 took 122 ms'],
    ['user "a\\"b" and a"b', 'user "[secret]" and [secret]'],
    ['op.* but not oppp', '[secret] but not oppp'],
  ])('%s', (text, shown) => {
    expect(withoutSecrets(text, secrets)).toBe(shown);
  });

  test('problems lose them in message and remedy', () => {
    const problem = { code: 'c', host: 'gw1', message: 'at 192.0.2.7', remedy: 'ping 192.0.2.7' };
    expect(hideIn(problem, secrets)).toEqual({ ...problem, message: 'at [secret]', remedy: 'ping [secret]' });
  });
});
