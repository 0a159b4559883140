import { expect, it } from 'vitest';
import { runTests } from './project.ts';

const SKIPPING = `import { describe, it } from 'vitest';
it('runs', () => {});
it.skip('a lab [SKIPPED: needs root]', () => {});
it('a small disk', ({ skip }) => skip('only root may mount'));
describe.skip('a real sshd', () => {
  it('lets in', () => {});
  describe('by key', () => { it('lets in', () => {}); });
});
describe('with nc [SKIPPED: no nc]', () => {
  it.skip('tells open', () => {});
  it.skip('tells closed', () => {});
});
`;

it('tells at the end which tests did not run, and why', () => {
  const { code, output } = runTests({ 'skipping.test.ts': SKIPPING });
  expect(output.slice(output.indexOf(' ***'))).toBe(` *** SKIPPED: 6 TESTS DID NOT RUN ***
      1 × test/skipping.test.ts: [SKIPPED: needs root]
      1 × test/skipping.test.ts: [SKIPPED: only root may mount]
      2 × test/skipping.test.ts: a real sshd
      2 × test/skipping.test.ts: [SKIPPED: no nc]

`);
  expect(code).toBe(0);
});

it('of tests that were left out by name, tells those with a reason alone', () => {
  const { output } = runTests({ 'skipping.test.ts': SKIPPING }, ['--testNamePattern', 'runs']);
  expect(output).toContain('SKIPPED: 3 TESTS DID NOT RUN');
  expect(output).not.toContain('a real sshd');
});

it('tells nothing of tests that did not run because their suite failed', () => {
  const failing = `import { beforeAll, it } from 'vitest';
    beforeAll(() => { throw new Error('no server'); });
    it('never runs', () => {});`;
  const { code, output } = runTests({ 'failing.test.ts': failing });
  expect(code).toBe(1);
  expect(output).toContain('no server');
  expect(output).not.toContain('SKIPPED');
});

it('tells nothing where nothing is skipped', () => {
  const { output } = runTests({ 'all.test.ts': "import { it } from 'vitest'; it('runs', () => {});" });
  expect(output).not.toContain('SKIPPED');
});
