import { didYouMean } from '../inventory/suggestion.ts';
import type { Problem } from '../problem.ts';

/** What was typed, and what could have been. */
type Usage = {
  /** After `sluice`. */
  readonly words: readonly string[];
  /** Of all commands: `apply <playbook>`, `lab up`. */
  readonly synopses: readonly string[];
  /** Of the command at hand, with their dashes. */
  readonly flags: readonly string[];
};

/** Turns yargs' words about a command line into problems: what is wrong, and what to type instead. */
export function usageProblems(said: string, usage: Usage): readonly Problem[] {
  const unknown = /^Unknown arguments?: (.*)$/s.exec(said)?.[1];
  if (unknown !== undefined) return unknownProblems(unknown.split(', '), usage);
  return [{ code: 'usage', ...explain(said, usage) }];
}

type Words = Pick<Problem, 'message' | 'remedy'>;

function explain(said: string, usage: Usage): Words {
  const { depth, name, synopsis, help } = commandOf(usage);
  const command = /^Did you mean (.*)\?$/.exec(said)?.[1];
  if (command !== undefined) {
    const wrong = bareWords(usage.words)[depth] ?? '';
    return { message: `there is no command "${wrong}"`, remedy: `Did you mean "${command}"? ${help}` };
  }
  if (said.startsWith('Not enough non-option arguments')) {
    const missing = /<.*>/.exec(synopsis)?.[0] ?? 'something';
    return { message: `${name}: ${missing} is missing`, remedy: `Write sluice ${synopsis}; ${help}` };
  }
  const valueless = /^Not enough arguments following: (.*)$/.exec(said)?.[1];
  if (valueless !== undefined) {
    const flag = dashed(valueless);
    const next = usage.words[usage.words.indexOf(flag) + 1];
    // As to Ansible, a word that begins with a dash is a flag of its own.
    const isTaken = flag.startsWith('--') && next?.startsWith('-');
    const hint = isTaken ? `If ${JSON.stringify(next)} is its value, write ${flag}=…; ` : '';
    return { message: `${flag} needs a value`, remedy: `${hint}${help}` };
  }
  const choice = /Argument: (\S+), Given: (.*), Choices: (.*)/.exec(said);
  if (choice !== null) {
    const [, flag = '', given = '', choices = ''] = choice;
    return { message: `${dashed(flag)} is ${given}: it must be one of ${choices}`, remedy: help };
  }
  return { message: said, remedy: help };
}

/** yargs names flags without their dashes, and a flag of several words a second time in camel case. */
function unknownProblems(names: readonly string[], usage: Usage): readonly Problem[] {
  const { name, synopsis, help } = commandOf(usage);
  const problems = names.flatMap((unknown): Problem[] => {
    const flag = flagAsTyped(unknown, usage.words);
    if (flag !== undefined) {
      return [
        {
          code: 'unknown-flag',
          message: `${name} has no flag ${flag}`,
          remedy: suggestion(flag, usage.flags) + help,
        },
      ];
    }
    if (!usage.words.includes(unknown)) return [];
    if (name === 'sluice')
      return [{ code: 'unknown-command', message: `there is no command "${unknown}"`, remedy: help }];
    return [
      {
        code: 'unknown-argument',
        message: `${name} does not take "${unknown}"`,
        remedy: `Write sluice ${synopsis}; ${help}`,
      },
    ];
  });
  if (problems.length > 0) return problems;
  return [{ code: 'usage', message: `${name} does not know ${names.join(', ')}`, remedy: help }];
}

/** Between single letters everything is near everything. */
function suggestion(flag: string, flags: readonly string[]): string {
  return flag.length < 4
    ? ''
    : didYouMean(
        flag.replace(/^--no-/, '--'),
        flags.filter((known) => known.length > 3),
      );
}

function flagAsTyped(name: string, words: readonly string[]): string | undefined {
  const forms = [`--${name}`, `--no-${name}`];
  const long = forms.find((form) => words.some((word) => word === form || word.startsWith(`${form}=`)));
  if (long !== undefined || name.length !== 1) return long;
  return words.some((word) => /^-[^-]/.test(word) && word.includes(name)) ? `-${name}` : undefined;
}

/** What yargs would pass over, and the fleet feel. */
export function overlookedProblems(usage: Usage, switches: readonly string[]): readonly Problem[] {
  const { words } = usage;
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  return [
    ...words.slice(0, end).flatMap((word) => switchProblem(word, switches)),
    ...words.slice(0, end).flatMap((word) => positionalProblem(word, usage)),
    ...trailingProblems(words.slice(end + 1), usage),
  ];
}

/** A switch with a value that is neither true nor false: yargs takes it for false, and `--check=yes` would apply. */
function switchProblem(word: string, switches: readonly string[]): readonly Problem[] {
  // yargs takes what is glued to a letter for its value, too: `-C1` and `-C-D` would apply.
  const letter = /^-([A-Za-z]+)(?=[^A-Za-z=])/.exec(word)?.[1]?.slice(-1);
  if (letter !== undefined && switches.includes(`-${letter}`)) {
    const message = `-${letter} takes no value, but stands in ${JSON.stringify(word)}`;
    return [{ code: 'usage', message, remedy: 'Write each switch by itself.' }];
  }
  const [, typed = '', value = ''] = /^(-[^=]+)=(.*)$/s.exec(word) ?? [];
  // Of several letters together, the last one gets the value.
  const flag = typed.startsWith('--') ? typed : `-${typed.slice(-1)}`;
  if (!switches.includes(flag) || value === 'true' || value === 'false') return [];
  const message = `${flag} is ${JSON.stringify(value)}, but takes no value`;
  return [{ code: 'usage', message, remedy: `Write ${flag}, or leave it out.` }];
}

/** yargs takes a positional for a flag, too, and what is typed so second: `approve latest 2 --pause 1` would approve 2. */
function positionalProblem(word: string, usage: Usage): readonly Problem[] {
  const { name, synopsis, help } = commandOf(usage);
  const typed = /^--([^=]+)/.exec(word)?.[1];
  const positionals = [...synopsis.matchAll(/[<[]([^\].>]+)/g)].map(([, positional]) => positional);
  if (typed === undefined || !positionals.includes(typed)) return [];
  return [
    {
      code: 'unknown-flag',
      message: `${name} has no flag --${typed}`,
      remedy: `Write sluice ${synopsis}; ${help}`,
    },
  ];
}

/** What stands after `--` is for the command that a command runs; `apply x.yml -- --check` would apply. */
function trailingProblems(trailing: readonly string[], usage: Usage): readonly Problem[] {
  const { name, synopsis, help } = commandOf(usage);
  if (trailing.length === 0 || synopsis.includes('..')) return [];
  return [
    {
      code: 'unknown-argument',
      message: `${name} takes nothing after --, not "${trailing.join(' ')}"`,
      remedy: help,
    },
  ];
}

/** The command at hand: of all that match the words typed, the longest one. */
function commandOf({ words, synopses }: Usage) {
  const typed = bareWords(words);
  const isTyped = (name: readonly string[]) => name.every((word, at) => typed[at] === word);
  const commands = synopses.map((synopsis) => ({
    synopsis,
    name: synopsis.split(' ').filter((word) => /^\w/.test(word)),
  }));
  const [found] = commands.filter(({ name }) => isTyped(name)).sort((a, b) => b.name.length - a.name.length);
  if (found === undefined) {
    const names = [...new Set(commands.map(({ name }) => name[0]))].join(', ');
    return {
      depth: 0,
      name: 'sluice',
      synopsis: '',
      help: `Commands are ${names}; sluice COMMAND --help explains one.`,
    };
  }
  const name = `sluice ${found.name.join(' ')}`;
  return { depth: found.name.length, name, synopsis: found.synopsis, help: `${name} --help explains it.` };
}

function bareWords(words: readonly string[]): readonly string[] {
  return words.filter((word) => !word.startsWith('-'));
}

/** A flag as it is typed: `-f`, `--forks`. */
export function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}
