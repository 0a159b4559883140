import { expect, it } from 'vitest';
import { runTests } from './project.ts';

it.each([
  ['a warning', "process.emitWarning('a leak');", 'a leak'],
  [
    'a leaking listener',
    "const emitter = new EventEmitter(); for (let n = 0; n < 11; n += 1) emitter.on('a', () => {});",
    'MaxListenersExceededWarning',
  ],
  ['an unhandled rejection', "void Promise.reject(new Error('nobody looked'));", 'nobody looked'],
])('%s fails the run, though every test passed', (_, statement, said) => {
  const text = `import { EventEmitter } from 'node:events';
    import { it } from 'vitest';
    it('passes', () => { ${statement} void EventEmitter; });`;
  const { code, output } = runTests({ 'warns.test.ts': text });
  expect(output).toContain('1 passed');
  expect(output).toContain(said);
  expect(code).toBe(1);
});

it('tests that nothing warns of pass', () => {
  const { code } = runTests({ 'quiet.test.ts': "import { it } from 'vitest'; it('passes', () => {});" });
  expect(code).toBe(0);
});

it('a regular expression as a value is no check, and fails', () => {
  const text = `import { expect, it } from 'vitest';
    it('checks nothing', () => { expect({ message: 'a' }).toMatchObject({ message: /b/ }); });`;
  const { code, output } = runTests({ 'pattern.test.ts': text });
  expect(output).toContain('write expect.stringMatching(/b/)');
  expect(code).toBe(1);
});
