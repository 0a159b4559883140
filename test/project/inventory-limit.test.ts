import { describe, expect, it } from 'vitest';
import { ProblemsError } from '../../src/problem.ts';
import { type FindRunHosts, namesRun, readLimit } from '../../src/project/inventory-limit.ts';
import { folderWith } from './inventory-folders.ts';

const find: FindRunHosts = async (run, state) => {
  if (run === 'nobody') throw new ProblemsError([{ code: 'run-unknown', message: run, remedy: '' }]);
  return { names: [run, state], what: `${state} of ${run}` };
};
const ofRun = (sign: '' | '&' | '!', run: string, state: string) => ({
  sign,
  names: [run, state],
  what: `${state} of ${run}`,
});

it('replaces @file with its lines', async () => {
  const cwd = folderWith({ 'failed.retry': 'h1\r\n\nweb:&live\n' });
  expect(await readLimit('db,@failed.retry,!old', cwd, find)).toEqual(['db', 'h1', 'web:&live', '!old']);
});

it('reports each file that is not there', async () => {
  await expect(readLimit('@one:@two', folderWith({}), find)).rejects.toMatchObject({
    problems: [
      { code: 'limit-file', file: 'one' },
      { code: 'limit-file', file: 'two' },
    ],
  });
});

describe('the hosts of a run', () => {
  it.each([
    ['@latest:failed', [ofRun('', 'latest', 'failed')]],
    ['@@1:unreached', [ofRun('', '@1', 'unreached')]],
    ['@1:rolled_back', [ofRun('', '1', 'rolled_back')]],
    ['edge:&@latest:failed:!gw1', ['edge', ofRun('&', 'latest', 'failed'), '!gw1']],
    ['edge,!@latest:failed', ['edge', ofRun('!', 'latest', 'failed')]],
    ['@a1:failed:@b2:unreached', [ofRun('', 'a1', 'failed'), ofRun('', 'b2', 'unreached')]],
    // A group that has a state's name, after a pattern.
    ['edge:failed', ['edge', 'failed']],
    ['@retry:web', ['h1', 'web']],
    ['@./retry:failed', ['h1', 'failed']],
    ['@./odd:failed,web', ['h2', 'web']],
    ['@odd:other,web', ['h3', 'web']],
  ])('%s', async (limit, parts) => {
    const cwd = folderWith({ retry: 'h1\n', 'odd:failed': 'h2\n', 'odd:other': 'h3\n' });
    expect(await readLimit(limit, cwd, find)).toEqual(parts);
  });

  it.each([
    ['@retry:failed', { code: 'limit-ambiguous', file: 'retry' }],
    ['gw1,@odd:failed', { code: 'limit-ambiguous', file: 'odd:failed' }],
    ['&@retry:failed', { code: 'limit-ambiguous', file: 'retry' }],
    ['@latest:faild', { code: 'limit-state', remedy: expect.stringContaining('Did you mean "failed"?') }],
    ['gw1,@latest:faild', { code: 'limit-state' }],
    ['@nobody:failed', { code: 'run-unknown' }],
  ])('%s is an error', async (limit, problem) => {
    const cwd = folderWith({ retry: 'h1\n', 'odd:failed': 'h2\n' });
    await expect(readLimit(limit, cwd, find)).rejects.toMatchObject({ problems: [problem] });
  });

  it.each([
    ['@latest:failed', true],
    ['@latest:failed,gw1', true],
    ['@latest:web', false],
    ['@./latest:failed', false],
    ['web', false],
  ])('namesRun(%j) is %j', (limit, answer) => {
    expect(namesRun(limit)).toBe(answer);
  });
});
