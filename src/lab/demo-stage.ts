import { createColors } from 'picocolors';
import type { Expectation } from './demo-expectations.ts';
import type { LineChange } from './demo-project.ts';

/** What the demo says to its audience, besides the output of the programs that it runs. */
export type Stage = {
  /** Text as it is. */
  say(text: string): void;
  heading(letter: string, title: string): void;
  /** A command as a person would type it. */
  command(words: readonly string[]): void;
  change(change: LineChange, line: number): void;
  /** Shows expectations, and remembers them; says the remark when all of them hold. */
  expect(expectations: readonly Expectation[], remark: string): void;
  /** All expectations so far. */
  expectations(): readonly Expectation[];
};

/** Colours only on a terminal that has them, and never under a non-empty `NO_COLOR` (https://no-color.org). */
export function createStage(
  stream: NodeJS.WritableStream & { readonly isTTY?: boolean },
  env: NodeJS.ProcessEnv,
): Stage {
  const { bold, green, red } = createColors(stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb');
  const said: Expectation[] = [];
  const say = (text: string) => void stream.write(text);
  return {
    say,
    heading: (letter, title) =>
      say(`\n\n${bold(`${letter}) ${title}`)}\n${'='.repeat(title.length + 3)}\n\n`),
    command: (words) => say(`\n${bold(`$ ${words.join(' ')}`)}\n`),
    change: ({ file, from, to }, line) => {
      say(`\n  ${file}:${line}\n    ${red(`- ${from}`)}\n    ${green(`+ ${to}`)}\n`);
    },
    expect: (expectations, remark) => {
      said.push(...expectations);
      const mark = (holds: boolean) => (holds ? green('✓') : red('✗ NOT SO:'));
      for (const { words, holds } of expectations) say(`  ${mark(holds)} ${words}\n`);
      if (expectations.every(({ holds }) => holds)) say(`\n${remark}\n`);
    },
    expectations: () => said,
  };
}
