import { afterEach, expect, test, vi } from 'vitest';
import { labMissing } from '../../src/lab/missing.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test('without root, it says so and who we are', async () => {
  vi.spyOn(process, 'getuid').mockReturnValue(1000);
  expect(await labMissing()).toContainEqual({
    code: 'lab-needs-root',
    message: 'A lab makes network namespaces, which only root may; this is user 1000.',
    remedy: 'Run it with sudo.',
  });
});

test('on another system, only that matters', async () => {
  vi.spyOn(process, 'platform', 'get').mockReturnValue('darwin');
  const problems = await labMissing();
  expect(problems.map(({ message }) => message)).toEqual(['A lab needs Linux; this is darwin.']);
});
