import { expect } from 'vitest';

/** A warning of the runtime, as of a leaking listener, fails the run as an unhandled rejection does. */
process.on('warning', (warning) => {
  throw warning;
});

/** To `toMatchObject` a regular expression is an object without properties, which everything matches. */
expect.addEqualityTesters([
  (actual: unknown, expected: unknown) => {
    if (!(expected instanceof RegExp) || actual instanceof RegExp) return undefined;
    throw new Error(
      `${expected} is compared with ${typeof actual}: write expect.stringMatching(${expected})`,
    );
  },
]);
