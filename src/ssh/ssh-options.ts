import type { Problem } from '../problem.ts';
import { type Line, splitLine } from './config/lines.ts';
import { type Origin, problemAt, type Setting } from './config/model.ts';
import { parseSetting } from './config/setting.ts';
import { splitShellWords } from './shell-words.ts';
import { hasControlCharacter } from './variables.ts';

/** What a variable such as `ansible_ssh_common_args` asks of ssh. */
export type SshArguments = {
  /** In order; of several values of one keyword the first wins, as in ssh(1). */
  readonly settings: readonly Setting[];
  /** `-F` */
  readonly configFile?: string;
};

/** ssh(1)'s letters for a keyword that takes a value. */
const keywordOfLetter: { readonly [letter: string]: string } = {
  b: 'BindAddress',
  B: 'BindInterface',
  c: 'Ciphers',
  i: 'IdentityFile',
  J: 'ProxyJump',
  l: 'User',
  m: 'MACs',
  p: 'Port',
};
/** Letters that stand for a keyword and its value. */
const settingOfLetter: { readonly [letter: string]: string } = {
  4: 'AddressFamily=inet',
  6: 'AddressFamily=inet6',
  C: 'Compression=yes',
};
/** Letters without a bearing on how a host is reached: verbosity, terminals, agents, X11, multiplexing. */
const harmless = /^[AaKkMnqTtvXxYy]$/;
const harmlessWithValue = /^[eES]$/;

/** An option of ssh(1): its letter, what follows it, and how messages call it. */
type Option = { readonly letter: string; readonly value: string; readonly name: string };

/**
 * Parses a variable or flag of ssh arguments. Whatever sluice doesn't do is a problem that names the option: leaving it
 * out could dial another machine.
 */
export function parseSshArguments(
  place: string,
  text: string,
  host: string | undefined,
): { arguments: SshArguments; problems: Problem[] } {
  const origin: Origin = { kind: 'argument', place, host };
  const words = splitShellWords(text);
  if (words === undefined || hasControlCharacter(text)) {
    const message = `${place} cannot be split into words: ${JSON.stringify(text)}`;
    const remedy = 'Close the quote, and keep it on one line.';
    return {
      arguments: { settings: [] },
      problems: [problemAt(origin, 'invalid-variable', message, remedy)],
    };
  }
  const problems: Problem[] = [];
  const settings: Setting[] = [];
  let configFile: string | undefined;
  const set = (line: Line, name: string) => {
    const parsed = parseSetting(line, name, origin);
    if (parsed.kind === 'setting') settings.push(parsed.setting);
    else if (parsed.kind === 'problem') problems.push(parsed.problem);
  };
  for (const { letter, value, name } of optionsOf(words)) {
    const keyword = keywordOfLetter[letter];
    const setting = settingOfLetter[letter];
    if (keyword !== undefined) set({ keyword, rest: value, words: [value] }, name);
    else if (letter === 'o' || setting !== undefined) {
      const line = splitLine(setting ?? value) ?? { keyword: value, rest: '', words: [] };
      set(line, setting === undefined ? `-o ${line.keyword}` : name);
    } else if (letter === 'F' && value !== '') configFile ??= value;
    else if (!harmless.test(letter) && !harmlessWithValue.test(letter)) {
      const remedy = `Remove ${name} from ${place}.`;
      problems.push(problemAt(origin, 'unsupported-ssh-option', `${name} is not supported`, remedy));
    }
  }
  return { arguments: { settings, ...(configFile === undefined ? {} : { configFile }) }, problems };
}

/** Options in order, as getopt(3) reads them: `-Cp22` is `-C -p 22`. A word that is none has no letter. */
function optionsOf(words: readonly string[]): Option[] {
  const options: Option[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (!/^-[^-]/.test(word)) {
      options.push({ letter: '', value: '', name: word });
      continue;
    }
    for (let index = 1; index < word.length; index += 1) {
      const letter = word.charAt(index);
      const name = `-${letter}`;
      const takesValue = letter in keywordOfLetter || harmlessWithValue.test(letter) || /[oF]/.test(letter);
      if (!takesValue) {
        options.push({ letter, value: '', name });
        continue;
      }
      const glued = word.slice(index + 1);
      if (glued === '') at += 1;
      options.push({ letter, value: glued === '' ? (words[at] ?? '') : glued, name });
      break;
    }
  }
  return options;
}
