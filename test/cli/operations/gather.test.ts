import { expect, test } from 'vitest';
import { gather } from '../../../src/cli/operations/gather.ts';
import { ProblemsError } from '../../../src/problem.ts';

const problem = (code: string) => ({ code, message: code, remedy: '' });
const failing = async (code: string): Promise<never> => {
  throw new ProblemsError([problem(code)]);
};

test('answers all, or throws the problems of all together', async () => {
  expect(await gather([Promise.resolve(1), Promise.resolve('b')])).toEqual([1, 'b']);
  await expect(gather([failing('a'), Promise.resolve(1), failing('c')])).rejects.toMatchObject({
    problems: [problem('a'), problem('c')],
  });
});

test('a fault of ours is not dressed up as a problem', async () => {
  await expect(gather([failing('a'), Promise.reject(new TypeError('bug'))])).rejects.toThrow(TypeError);
});
