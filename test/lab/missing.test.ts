import { afterEach, expect, test, vi } from 'vitest';
import { findLabs } from '../../src/lab/down.ts';
import { labMissing } from '../../src/lab/missing.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test('without root, it says so and who we are', async () => {
  vi.spyOn(process, 'getuid').mockReturnValue(1000);
  const problem = {
    code: 'lab-needs-root',
    message: 'Labs are network namespaces, which only root can make and see; this is user 1000.',
    remedy: 'Run it with sudo.',
  };
  expect(await labMissing()).toContainEqual(problem);
  await expect(findLabs()).rejects.toThrow(problem.message);
});

test('on another system, only that matters', async () => {
  vi.spyOn(process, 'platform', 'get').mockReturnValue('darwin');
  const problems = await labMissing();
  expect(problems.map(({ message }) => message)).toEqual(['A lab needs Linux; this is darwin.']);
});
