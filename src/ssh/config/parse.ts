import type { Problem } from '../../problem.ts';
import { type Line, splitLine } from './lines.ts';
import { type Criterion, type Origin, problemAt, type Statement } from './model.ts';
import { parseSetting } from './setting.ts';

/** Parses the text of one file; what it includes is not looked at. Every problem is found, not only the first. */
export function parseConfig(file: string, text: string): { statements: Statement[]; problems: Problem[] } {
  const statements: Statement[] = [];
  const problems: Problem[] = [];
  for (const [at, each] of text.split('\n').entries()) {
    const line = splitLine(each);
    if (line === undefined) continue;
    const parsed = parseStatement(line, { kind: 'file', file, line: at + 1 });
    if (parsed === undefined) continue;
    if ('message' in parsed) problems.push(parsed);
    else statements.push(parsed);
  }
  return { statements, problems };
}

function parseStatement(line: Line, origin: Origin): Statement | Problem | undefined {
  const invalid = (message: string, remedy: string) =>
    problemAt(origin, 'invalid-ssh-option', message, remedy);
  switch (line.keyword.toLowerCase()) {
    case 'host':
    case 'include': {
      if (line.words === undefined || line.words.length === 0 || line.words.includes('')) {
        return invalid(
          `${line.keyword} cannot be ${JSON.stringify(line.rest)}`,
          'Give it a value, and close the quote.',
        );
      }
      return line.keyword.toLowerCase() === 'host'
        ? { kind: 'host', patterns: line.words }
        : { kind: 'include', patterns: line.words, origin };
    }
    case 'match': {
      const criteria = parseCriteria(line.rest);
      return typeof criteria === 'string'
        ? invalid(
            `Match ${line.rest}: ${criteria}`,
            'Write it as in ssh_config(5): Match host NAME user NAME.',
          )
        : { kind: 'match', criteria, origin };
    }
    default: {
      const parsed = parseSetting(line, line.keyword, origin);
      if (parsed.kind === 'setting') return { kind: 'set', setting: parsed.setting };
      if (parsed.kind === 'ignored') return undefined;
      if (!parsed.isUnknown) return parsed.problem;
      return { kind: 'unknown', keyword: line.keyword.toLowerCase(), problem: parsed.problem };
    }
  }
}

/** Conditions that ssh would have to run something for, or that hang on what sluice has not. */
const unknowable = new Set(['exec', 'localnetwork', 'tagged', 'command', 'sessiontype', 'version']);

/** `Match host=a user "b,c" !final` (readconf.c, match_cfg_line); answers what is wrong with it otherwise. */
function parseCriteria(text: string): readonly Criterion[] | string {
  const words = [...text.matchAll(/"([^"]*)"|#.*|[^\s="]+/gs)].map(([whole, quoted]) => quoted ?? whole);
  const criteria: Criterion[] = [];
  for (let word = words.shift(); word !== undefined && !word.startsWith('#'); word = words.shift()) {
    const isNegated = word.startsWith('!');
    const attribute = word.slice(isNegated ? 1 : 0).toLowerCase();
    if (attribute === 'all') {
      const [next] = words;
      if (criteria.length > 1 || (next !== undefined && !next.startsWith('#')))
        return 'all cannot stand with other conditions';
      criteria.push({ kind: 'all', isNegated, patterns: [] });
      continue;
    }
    if (attribute === 'final' || attribute === 'canonical') {
      // Without canonicalisation both say: this is the second pass. But only `final` asks for one.
      criteria.push({ kind: 'final', isNegated, patterns: attribute === 'final' ? ['final'] : [] });
      continue;
    }
    const argument = words.shift();
    if (argument === undefined || argument === '' || argument.startsWith('#'))
      return `${attribute} needs a value`;
    if (unknowable.has(attribute)) criteria.push({ kind: 'unknowable', isNegated, patterns: [] });
    else if (attribute === 'host' || attribute === 'originalhost')
      criteria.push({ kind: attribute, isNegated, patterns: argument.toLowerCase().split(',') });
    else if (attribute === 'user' || attribute === 'localuser')
      criteria.push({ kind: attribute, isNegated, patterns: argument.split(',') });
    else return `${JSON.stringify(word)} is no condition`;
  }
  return criteria.length === 0 ? 'a condition is needed' : criteria;
}
