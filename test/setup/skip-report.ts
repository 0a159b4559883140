import type { Writable } from 'node:stream';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';

/**
 * Says at the end of a run, where nobody overlooks it, which tests didn't run and why. The reason stands in the name of
 * a test or suite, as `[SKIPPED: needs root]`, or in the call of `skip`.
 */
export class SkipReport implements Reporter {
  readonly #output: Writable;
  #isFiltered = false;

  constructor(output: Writable) {
    this.#output = output;
  }

  onInit({ config }: Parameters<NonNullable<Reporter['onInit']>>[0]): void {
    this.#isFiltered = config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests('skipped')]);
    // Whoever asks for some tests by name knows that the others don't run; and what a failed hook leaves out has failed.
    const told = (test: TestCase) =>
      reasonOf(test) !== undefined || (!this.#isFiltered && outermostSkipped(test) !== undefined);
    const skipped = tests.filter(told);
    if (skipped.length > 0) this.#output.write(formatSkipped(skipped));
  }
}

function formatSkipped(tests: readonly TestCase[]): string {
  const counts = new Map<string, number>();
  for (const test of tests) {
    const reason = reasonOf(test);
    const what = reason === undefined ? outermostSkipped(test)?.fullName : `[SKIPPED: ${reason}]`;
    const line = `${test.module.relativeModuleId}: ${what}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  const lines = [...counts].map(([line, count]) => `   ${String(count).padStart(4)} × ${line}\n`);
  const noun = tests.length === 1 ? 'TEST' : 'TESTS';
  return `\n *** SKIPPED: ${tests.length} ${noun} DID NOT RUN ***\n${lines.join('')}\n`;
}

function reasonOf(test: TestCase): string | undefined {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  return /\[SKIPPED: (.+?)\]/.exec(test.fullName)?.[1] ?? note;
}

/** What a person skipped: a whole suite rather than each of its tests. */
function outermostSkipped(test: TestCase): TestCase | TestSuite | undefined {
  let outermost: TestCase | TestSuite | undefined;
  for (let at: TestCase | TestSuite | TestModule = test; at.type !== 'module'; at = at.parent) {
    if (at.options.mode === 'skip') outermost = at;
  }
  return outermost;
}
