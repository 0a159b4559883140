import { distance } from 'fastest-levenshtein';
import type { Problem } from '../../problem.ts';
import { keywords } from './keywords.ts';
import type { Line } from './lines.ts';
import { type Origin, problemAt, type Setting, type Words } from './model.ts';

/** What a keyword with its value turned out to be. */
type Parsed =
  | { readonly kind: 'setting'; readonly setting: Setting }
  | { readonly kind: 'ignored' }
  /** `isUnknown`: the keyword is none of ssh_config(5). */
  | { readonly kind: 'problem'; readonly problem: Problem; readonly isUnknown: boolean };

/** Reads a line that sets something, of a file or of `-o`; `name` is how messages call it. */
export function parseSetting(line: Line, name: string, origin: Origin): Parsed {
  const keyword = line.keyword.toLowerCase();
  const support = keywords.get(keyword);
  const problem = (code: string, message: string, remedy: string, isUnknown = false): Parsed => {
    return { kind: 'problem', problem: problemAt(origin, code, message, remedy), isUnknown };
  };
  if (support === undefined) {
    const near = nearest(keyword);
    const hint = near === undefined ? 'See ssh_config(5)' : `Did you mean ${near}?`;
    return problem(
      'unknown-ssh-option',
      `${name} is no keyword of ssh_config`,
      `${hint} (IgnoreUnknown lets ssh and sluice pass over it.)`,
      true,
    );
  }
  if (support.kind === 'ignored') return { kind: 'ignored' };
  const invalid = (value: string, remedy: string) =>
    problem('invalid-ssh-option', `${name} cannot be ${JSON.stringify(value)}`, remedy);
  if (line.words === undefined) return invalid(line.rest, 'Close the quote.');
  const takes = support.kind === 'honoured' ? support.takes : 'many';
  const words: Words = takes === 'rest' ? (line.rest === '' ? [] : [line.rest]) : line.words;
  const value = words.join(' ');
  if (value === '') return invalid('', 'Give the option a value.');
  if (takes === 'one' && words.length > 1)
    return invalid(value, 'Give one value; quote it if it holds blanks.');
  const remedy = support.kind === 'honoured' ? support.fault(words) : undefined;
  return remedy === undefined
    ? { kind: 'setting', setting: { keyword, name, words, origin } }
    : invalid(value, remedy);
}

function nearest(keyword: string): string | undefined {
  const [best] = [...keywords.keys(), 'host', 'match', 'include']
    .map((known) => ({ known, far: distance(known, keyword) }))
    .sort((a, b) => a.far - b.far);
  return best !== undefined && best.far <= 3 ? best.known : undefined;
}
