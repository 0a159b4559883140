import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openVault } from '../../../src/cli/operations/vault-passwords.ts';
import type { VaultSource } from '../../../src/cli/operations/vault-sources.ts';
import { folderWith } from '../../project/inventory-folders.ts';
import { encrypt, IDS } from '../../vault/vaults.ts';

const file = (path: string, id = 'default'): VaultSource => ({ kind: 'file', id, file: path });

/** The text, or the problem's words. */
async function read(sources: readonly VaultSource[], password: string): Promise<string> {
  const answer = await openVault(sources, IDS).readText(encrypt('opened', password), 'f');
  return 'text' in answer ? answer.text.reveal() : `${answer.problem.message}\n${answer.problem.remedy}`;
}

describe('a password comes from', () => {
  test.each([
    ['a file, without the blanks around it', ' \t s e s a m e \r\n\n'],
    ['a file without an end of line', 's e s a m e'],
  ])('%s', async (_, text) => {
    expect(await read([file(join(folderWith({ pw: text }), 'pw'))], 's e s a m e')).toBe('opened');
  });

  test('an executable, which keeps its blanks and loses its line ends', async () => {
    const folder = folderWith({ 'pw*': "#!/bin/sh\n[ $# = 0 ] && printf ' sesame \\n\\n'\n" });
    expect(await read([file(join(folder, 'pw'), 'prod')], ' sesame ')).toBe('opened');
  });

  test.each(['pw-client', 'pw-client.sh'])('%s, which is told the id', async (name) => {
    const folder = folderWith({ [`${name}*`]: '#!/bin/sh\necho "$@"\n' });
    expect(await read([file(join(folder, name), 'prod')], '--vault-id prod')).toBe('opened');
    expect(await read([file(join(folder, name))], '--vault-id default')).toBe('opened');
  });

  test('a file of bytes that are no text', async () => {
    const folder = folderWith({});
    writeFileSync(join(folder, 'pw'), Buffer.from([0xc3, 0xbc]));
    expect(await read([file(join(folder, 'pw'))], 'ü')).toBe('opened');
  });
});

describe('a source that gives none is told where no other opens the text', () => {
  const broken = () => {
    const folder = folderWith({
      empty: ' \n',
      vaulted: encrypt('x', 'p'),
      'fails*': '#!/bin/sh\necho hunter2; exit 2\n',
      'killed*': '#!/bin/sh\necho hunter2; kill -9 $$\n',
      'odd*': '#!/no/such/interpreter\n',
      good: 'sesame',
    });
    mkdirSync(join(folder, 'folder'));
    return (name: string, id?: string) => file(join(folder, name), id);
  };

  test.each([
    ['missing', /can't be read: ENOENT/],
    ['empty', /is empty\.$/],
    ['vaulted', /is encrypted itself\.$/],
    ['fails', /can't be read: the program failed \(2\)\.$/],
    ['killed', /can't be read: the program failed \(SIGKILL\)\.$/],
    ['odd', /can't be read: the program can't be run \(ENOENT\)\.$/],
    ['folder', /can't be read/],
  ])('%s', async (name, why) => {
    const source = broken();
    const told = await read([source(name, 'dev')], 'sesame');
    expect(told).toMatch(/and there is no vault password\n/);
    expect(told).toMatch(/The vault password of id "dev" from .*/);
    expect(told).toMatch(why);
    expect(told).not.toContain('hunter2');
    expect(await read([source(name), source('good')], 'sesame')).toBe('opened');
    expect(await read([source(name), source('good')], 'other')).toMatch(why);
  });

  test('a terminal that is not there', async () => {
    const told = await read([{ kind: 'prompt', id: 'prod', namesId: true }], 'sesame');
    expect(told).toMatch(
      /The vault password of id "prod" would be asked for on a terminal, and there is none\.$/,
    );
  });
});
