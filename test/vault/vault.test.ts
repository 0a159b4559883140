import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Sensitive, Vaulted } from '../../src/sensitive.ts';
import { createVault } from '../../src/vault/vault.ts';
import { folderWith } from '../project/inventory-folders.ts';
import { encrypt, IDS, noVault, seal, vaultWith } from './vaults.ts';

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

/** What `fixtures/v*.vault` hold. */
const PLAIN =
  'ansible_user: operator\nansible_port: 2222\nnested: {token: "t0ken-plain", list: [a-plain, 5, true]}\n';

describe('what ansible-vault 2.14 has encrypted', () => {
  test.each([
    ['v1.1.vault', 'pass one', PLAIN],
    ['v1.2-prod.vault', 'ünï', PLAIN],
    ['empty.vault', 'pass one', ''],
    ['block.vault', 'pass one', 'exactly16bytes!!'],
    ['unicode.vault', 'pass one', 'zü€🔒 line\n\nsecond\n'],
  ])('%s', async (name, password, plain) => {
    const read = await vaultWith({ default: password }).readText(fixture(name), name);
    expect('text' in read && read.text.reveal()).toBe(plain);
  });

  test('a password of any bytes', async () => {
    const password = new Sensitive(
      Buffer.from([0xff, 0, 0xfe, ...Buffer.from(' binary')]).toString('latin1'),
    );
    const vault = createVault(async () => ({ passwords: [{ id: 'default', password }], failures: [] }), IDS);
    const read = await vault.readText(fixture('binary-password.vault'), 'f');
    expect('text' in read && read.text.reveal()).toBe(PLAIN);
  });

  test('a single value', async () => {
    const ciphertext = fixture('inline.yml').replace(/^.*\n/, '');
    const value = new Vaulted(ciphertext, { file: 'inline.yml', line: 1 });
    expect(await vaultWith({ other: 'x', dev: 'pass one' }).open(value, 'a')).toBe(undefined);
    expect(value.reveal()).toBe('s3cret inline');
  });
});

test('any text under any password comes out as it went in', async () => {
  const texts = fc.string({ unit: 'grapheme', maxLength: 70 });
  const passwords = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
  const ids = fc.option(fc.stringMatching(/^[a-z0-9_-]{1,9}$/), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(texts, passwords, ids, async (text, password, id) => {
      const read = await vaultWith({ default: password }).readText(
        encrypt(text, password, id ? { id } : {}),
        'f',
      );
      expect('text' in read && read.text.reveal()).toBe(text);
    }),
    { seed: 11, numRuns: 60 },
  );
});

test('a bit that was changed anywhere behind the header is noticed', async () => {
  const text = encrypt('ansible_password: hunter2\n', 'p');
  const [header = '', ...lines] = text.trim().split('\n');
  const body = Buffer.from(lines.join(''), 'hex').toString('latin1');
  await fc.assert(
    fc.asyncProperty(fc.nat(body.length - 1), async (at) => {
      const digit = body.charAt(at);
      fc.pre(digit !== '\n');
      const changed = `${body.slice(0, at)}${digit === '0' ? '1' : '0'}${body.slice(at + 1)}`;
      const read = await vaultWith({ default: 'p' }).readText(seal(changed), 'f');
      expect(header).toBe('$ANSIBLE_VAULT;1.1;AES256');
      expect(read).toMatchObject({ problem: { code: 'vault-wrong-password' } });
    }),
    { seed: 5, numRuns: 40 },
  );
});

describe('several passwords', () => {
  test('that of the id is tried first, then the others in their order', async () => {
    const asked: string[] = [];
    class Watched extends Sensitive {
      override reveal(): string {
        const text = super.reveal();
        asked.push(text);
        return text;
      }
    }
    const passwords = ['a', 'b', 'c'].map((id) => ({ id, password: new Watched(id) }));
    const vault = createVault(async () => ({ passwords, failures: [] }), IDS);
    await vault.readText(encrypt('x', 'c', { id: 'b' }), 'f');
    expect(asked).toEqual(['b', 'a', 'c']);
    asked.length = 0;
    await vault.readText(encrypt('y', 'b', { id: 'b' }), 'f');
    expect(asked).toEqual(['b']);
  });

  test.each([
    ['b', { id: 'b' }, 'default', 'opened'],
    ['c', { id: 'b' }, 'default', 'and no password has its id (vault_id_match)'],
    ['a', {}, 'a', 'opened'],
    ['b', {}, 'a', 'and no password opens it (tried: a)'],
  ])('of the id alone: %s for %o, %s where none is named', async (password, id, identity, expected) => {
    const passwords = ['a', ...(password === 'c' ? ['c'] : ['b'])].map((one) => {
      return { id: one, password: new Sensitive(one) };
    });
    const vault = createVault(async () => ({ passwords, failures: [] }), { identity, onlyMatching: true });
    const answer = await vault.readText(encrypt('opened', password, id), 'f');
    expect('text' in answer ? answer.text.reveal() : answer.problem.message).toContain(expected);
  });

  test('they are asked for once, when the first text is met, and each text is decrypted once', async () => {
    let loads = 0;
    let decryptions = 0;
    class Counted extends Sensitive {
      override reveal(): string {
        decryptions += 1;
        return super.reveal();
      }
    }
    const vault = createVault(async () => {
      loads += 1;
      return { passwords: [{ id: 'default', password: new Counted('p') }], failures: [] };
    }, IDS);
    expect(loads).toBe(0);
    const [one, two] = [encrypt('1', 'p'), encrypt('2', 'p', { salt: Buffer.alloc(32, 9) })];
    await Promise.all([one, two, one, two, one].map((text) => vault.readText(text, 'f')));
    const value = new Vaulted(one);
    await vault.open(value, 'a');
    expect({ loads, decryptions, text: value.reveal() }).toEqual({ loads: 1, decryptions: 2, text: '1' });
  });
});

describe('problems', () => {
  const place = { file: 'group_vars/all.yml', line: 7 };
  const problemOf = (vault = noVault, ciphertext = encrypt('hunter2', 'p', { id: 'prod' })) =>
    vault.open(new Vaulted(ciphertext, place), 'ansible_password');

  test('no password', async () => {
    expect(await problemOf()).toEqual({
      ...place,
      code: 'vault-no-password',
      message:
        'ansible_password is encrypted with Ansible Vault (id "prod"), and no vault password was given',
      remedy: 'Give the password: --vault-password-file FILE, --vault-id prod@FILE, or --ask-vault-password.',
    });
    const problem = await problemOf(vaultWith({}, ['The vault password from x is empty.']));
    expect(problem?.remedy).toMatch(/\nThe vault password from x is empty\.$/);
  });

  test('passwords that do not fit', async () => {
    expect(await problemOf(vaultWith({ default: 'a', prod: 'b' }, ['That of dev is missing.']))).toEqual({
      ...place,
      code: 'vault-wrong-password',
      message:
        'ansible_password is encrypted with Ansible Vault (id "prod"), and no password opens it (tried: prod, default)',
      remedy: expect.stringMatching(/HMAC fits none.*\nThat of dev is missing\.$/),
    });
  });

  test.each([
    ['$ANSIBLE_VAULT;1.1;AES\n61', 'vault-format', /cipher "AES" is not known/],
    ['$ANSIBLE_VAULT;1.1;AES256\nxx', 'vault-damaged', /damaged: it is not the hexadecimal/],
    [encrypt(Buffer.from([0xff, 0xfe]), 'p'), 'vault-damaged', /not UTF-8/],
  ])('%j', async (text, code, message) => {
    const vault = vaultWith({ default: 'p' });
    expect(await problemOf(vault, text)).toMatchObject({
      ...place,
      code,
      message: expect.stringMatching(message),
    });
    expect(await vault.readText(text, 'f')).toMatchObject({ problem: { code, file: 'f' } });
  });

  test('what is wrong before a password is needed asks for none', async () => {
    const vault = createVault(() => Promise.reject(new Error('asked')), IDS);
    expect(await problemOf(vault, '$ANSIBLE_VAULT;1.1;AES\n61')).toMatchObject({ code: 'vault-format' });
  });
});

test('an opened value shows itself to nobody', async () => {
  const value = new Vaulted(encrypt('hunter2', 'p'));
  expect(() => value.reveal()).toThrow(/before it was decrypted/);
  await vaultWith({ default: 'p' }).open(value, 'a');
  const shown = [
    `${value}`,
    JSON.stringify(value),
    inspect(value, { showHidden: true }),
    JSON.stringify({ ...value }),
  ];
  expect(shown.join()).not.toContain('hunter2');
  expect(`${value}`).toBe('*****');
  expect(JSON.parse(JSON.stringify(value))).toEqual({ __ansible_vault: value.ciphertext });
});

const hasAnsible = (() => {
  try {
    execFileSync('ansible-vault', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasAnsible)(
  `against the installed ansible-vault${hasAnsible ? '' : ' [SKIPPED: ansible-vault is not installed]'}`,
  () => {
    test('each reads what the other has written', async () => {
      const texts = fc.sample(fc.string({ unit: 'grapheme', maxLength: 200 }), { seed: 3, numRuns: 4 });
      const folder = folderWith({ password: 'p ü\n' });
      const file = join(folder, 'text');
      const vaultId = ['--vault-id', `prod@${join(folder, 'password')}`];
      const ansible = (...words: readonly string[]) =>
        execFileSync('ansible-vault', [...words, ...vaultId, file], { stdio: ['ignore', 'pipe', 'pipe'] });
      for (const text of texts) {
        writeFileSync(file, text);
        ansible('encrypt', '--encrypt-vault-id', 'prod');
        const read = await vaultWith({ prod: 'p ü' }).readText(readFileSync(file, 'utf8'), file);
        expect('text' in read && read.text.reveal()).toBe(text);
        rmSync(file);
        writeFileSync(file, encrypt(text, 'p ü', { id: 'prod' }));
        ansible('decrypt');
        expect(readFileSync(file, 'utf8')).toBe(text);
      }
    });
  },
);
