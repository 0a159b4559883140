import type { Options } from 'yargs';
import { didYouMean } from '../../inventory/suggestion.ts';
import { type Problem, ProblemsError } from '../../problem.ts';
import type { Output } from '../operations/reports.ts';
import { texts } from '../values.ts';

const FORMATS = ['junit', 'prometheus'] as const;

export const outputOption = {
  output: {
    type: 'string',
    array: true,
    nargs: 1,
    default: [] as string[],
    coerce: texts('--output'),
    describe: 'Write a report at the end: junit=FILE or prometheus=FILE; may be repeated',
  },
} as const satisfies Record<string, Options>;

/** @throws ProblemsError naming each that isn't `FORMAT=FILE` */
export function outputsOf(written: readonly string[]): readonly Output[] {
  const outputs = written.map(outputOf);
  const problems = outputs.filter((output) => 'code' in output);
  if (problems.length > 0) throw new ProblemsError(problems);
  return outputs.filter((output) => 'format' in output);
}

function outputOf(written: string): Output | Problem {
  const [name = ''] = written.split('=', 1);
  const file = written.slice(name.length + 1);
  const format = FORMATS.find((one) => one === name);
  if (format !== undefined && file !== '') return { format, file };
  const message = format === undefined ? `there is no report "${name}"` : 'the file is missing';
  return {
    code: 'usage',
    message: `--output ${written}: ${message}`,
    remedy: `${format === undefined ? didYouMean(name, FORMATS) : ''}Write junit=FILE or prometheus=FILE.`,
  };
}
