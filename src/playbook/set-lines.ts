import { didYouMean } from '../inventory/suggestion.ts';
import { SET_TYPE_NAMES, type SetType, setType } from '../ruleset/set-types.ts';
import { splitTokens, type Token } from '../ruleset/tokens.ts';
import { type Fault, FaultError, faultAt } from './fault.ts';
import type { Place } from './origin.ts';
import type { RuleLine } from './rule-lines.ts';
import { parseSetOptions, type SetOptions } from './set-options.ts';

/** `create NAME TYPE [options]`, in one spelling. */
export type CreateLine = Place & {
  readonly name: string;
  readonly type: SetType;
  readonly options: SetOptions;
  readonly text: string;
};

/** `add NAME ELEMENT [options]`, in one spelling; whether the element fits is known once its set is. */
export type AddLine = Place & {
  readonly name: string;
  readonly element: string;
  readonly options: SetOptions;
  readonly text: string;
};

export type SetLines = {
  readonly creates: readonly CreateLine[];
  readonly adds: readonly AddLine[];
  readonly faults: readonly Fault[];
};

/** Parses rendered lines as `ipset restore` text, in the part of its language that says what there should be. Answers all faults. */
export function parseSetLines(lines: readonly RuleLine[]): SetLines {
  const creates: CreateLine[] = [];
  const adds: AddLine[] = [];
  const faults: Fault[] = [];
  for (const { text: rendered, line, origin } of lines) {
    const text = rendered.trim();
    if (text === '' || text.startsWith('#')) continue;
    try {
      const tokens = tokensOf(text);
      if (tokens[0]?.text === 'create') creates.push({ ...parseCreate(tokens, text), line, origin });
      else if (tokens[0]?.text === 'add') adds.push({ ...parseAdd(tokens, text), line, origin });
      else throw refused(tokens[0]?.text ?? '', text);
    } catch (error) {
      faults.push({ ...faultAt(line, error), origin });
    }
  }
  return { creates, adds, faults };
}

function tokensOf(text: string): readonly Token[] {
  if (/[^\P{Cc}\t]/u.test(text)) {
    const remedy = 'Remove it; an editor can show invisible characters.';
    throw new FaultError('control-character', 'the line holds a control character', remedy);
  }
  if (text.includes('\\'))
    throw new FaultError('set-syntax', 'the line holds a backslash', 'Remove it: ipset has no escapes.');
  const { tokens, isOpen } = splitTokens(text);
  if (isOpen)
    throw new FaultError(
      'open-quote',
      `a double quote is never closed in "${text}"`,
      'Close it, or remove it.',
    );
  return tokens;
}

function parseCreate(
  [command, name, type, ...rest]: readonly Token[],
  text: string,
): Omit<CreateLine, keyof Place> {
  if (command === undefined || name === undefined || type === undefined)
    throw new FaultError(
      'set-syntax',
      `"${text}" names no ${name === undefined ? 'set' : 'type'}`,
      'Write create NAME TYPE.',
    );
  checkName(name.text);
  const known = setType(type.text);
  if (known === undefined) {
    const remedy = `${didYouMean(type.text, SET_TYPE_NAMES)}Types are ${SET_TYPE_NAMES.join(' ')}.`;
    throw new FaultError('set-type', `there is no type of set "${type.text}"`, remedy);
  }
  const flags = ['counters', 'comment', 'skbinfo', 'forceadd'];
  const options = parseSetOptions(rest, known.createOptions, flags, known.name);
  if (known.createOptions.includes('range') && !options.has('range'))
    throw new FaultError(
      'set-option',
      `${name.text}, a ${known.name}, has no range`,
      'Write "range FROM-TO" after the type.',
    );
  return { name: name.text, type: known, options, text: joined([command, name, type], options) };
}

const ADD_FLAGS = ['nomatch', 'wildcard'];
const ADD_OPTIONS = [
  'timeout',
  'packets',
  'bytes',
  'comment',
  'skbmark',
  'skbprio',
  'skbqueue',
  ...ADD_FLAGS,
];

function parseAdd(
  [command, name, element, ...rest]: readonly Token[],
  text: string,
): Omit<AddLine, keyof Place> {
  if (command === undefined || name === undefined || element === undefined)
    throw new FaultError(
      'set-syntax',
      `"${text}" names no ${name === undefined ? 'set' : 'member'}`,
      'Write add NAME MEMBER.',
    );
  if (rest.some((token) => token.text === 'before' || token.text === 'after'))
    throw new FaultError(
      'set-option',
      '"before" and "after" have no place in a template',
      'Members stand in the order of their lines.',
    );
  const options = parseSetOptions(rest, ADD_OPTIONS, ADD_FLAGS, 'add');
  return { name: name.text, element: element.text, options, text: joined([command, name, element], options) };
}

/** `sluice.` begins the names of the sets that exist only while a transaction swaps them in. */
function checkName(name: string): void {
  if (name.startsWith('sluice.'))
    throw new FaultError(
      'set-name',
      `"${name}" is a name that sluice keeps for itself`,
      'Give the set another name.',
    );
  if (/^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,30}$/.test(name)) return;
  const remedy =
    'A name is at most 31 letters, digits and "_", ".", ":", "-", and begins with a letter, a digit or "_".';
  throw new FaultError('set-name', `"${name}" can't name a set`, remedy);
}

/** ipset reads 1023 bytes at a time, and takes what is left of a longer line for a command of its own. */
const LONGEST = 1022;

/** One spelling of a line, so that equal lines are equal texts: single blanks, and quotes around comments alone. */
function joined(words: readonly Token[], options: SetOptions): string {
  const said = [...options].flatMap(([name, value]) => {
    if (value === undefined) return [name];
    return [name, name === 'comment' ? `"${value}"` : value];
  });
  const text = [...words.map((word) => word.text), ...said].join(' ');
  if (new TextEncoder().encode(text).length <= LONGEST) return text;
  throw new FaultError(
    'set-syntax',
    `the line is longer than ${LONGEST} bytes`,
    'Shorten it: ipset would cut it in two.',
  );
}

const COMMANDS = [
  'del',
  'test',
  'destroy',
  'list',
  'save',
  'restore',
  'flush',
  'rename',
  'swap',
  'help',
  'version',
  'COMMIT',
];

function refused(command: string, text: string): FaultError {
  const remedy = `${COMMANDS.includes(command) ? '' : didYouMean(command, ['create', 'add'])}Lines are create NAME TYPE, add NAME MEMBER and # comments: they say what there should be.`;
  return COMMANDS.includes(command)
    ? new FaultError('command', `${command} has no place in a template`, remedy)
    : new FaultError('unknown-line', `"${text}" is not a line of ipset restore`, remedy);
}
