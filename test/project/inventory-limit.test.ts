import { expect, it } from 'vitest';
import { readLimit } from '../../src/project/inventory-limit.ts';
import { folderWith } from './inventory-folders.ts';

it('replaces @file with its lines', async () => {
  const cwd = folderWith({ 'failed.retry': 'h1\r\n\nweb:&live\n' });
  expect(await readLimit('db,@failed.retry,!old', cwd)).toEqual(['db', 'h1', 'web:&live', '!old']);
});

it('reports each file that is not there', async () => {
  await expect(readLimit('@one:@two', folderWith({}))).rejects.toMatchObject({
    problems: [
      { code: 'limit-file', file: 'one' },
      { code: 'limit-file', file: 'two' },
    ],
  });
});
