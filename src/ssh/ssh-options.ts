import type { Problem } from '../problem.ts';
import { splitShellWords } from './shell-words.ts';
import { hasControlCharacter, parseWhole } from './variables.ts';

/** `strict` refuses unknown host keys, `accept-new` remembers them, `off` takes any key that is not revoked. */
export type HostKeyChecking = 'strict' | 'accept-new' | 'off';

/** What a variable such as `ansible_ssh_common_args` asks of ssh, as far as sluice does it. */
export type SshOptions = {
  readonly port?: number;
  readonly user?: string;
  readonly identityFiles: readonly string[];
  readonly userKnownHostsFiles?: readonly string[];
  readonly hostKeyChecking?: HostKeyChecking;
  readonly connectTimeoutSeconds?: number;
};

type Setting = { readonly option: string; readonly keyword: string; readonly value: string };

/** How ssh(1) shares its connections and compresses: nothing that changes which machine is reached. */
const HARMLESS = new Set(['compression', 'controlmaster', 'controlpath', 'controlpersist']);

const keywordOfLetter: { readonly [letter: string]: string } = { i: 'identityfile', l: 'user', p: 'port' };

/**
 * Parses a variable of ssh arguments. As in ssh(1) the first value of an option wins, and identity files add up.
 * Whatever sluice doesn't do is a problem that names the option: leaving it out could dial another machine.
 */
export function parseSshOptions(
  variable: string,
  text: string,
  host: string,
): { options: SshOptions; problems: Problem[] } {
  const words = splitShellWords(text);
  if (words === undefined || hasControlCharacter(text)) {
    const message = `${variable} cannot be split into words: ${JSON.stringify(text)}`;
    return {
      options: { identityFiles: [] },
      problems: [
        { code: 'invalid-variable', host, message, remedy: 'Close the quote, and keep it on one line.' },
      ],
    };
  }
  const problems: Problem[] = [];
  const options: { -readonly [Key in keyof SshOptions]: SshOptions[Key] } = { identityFiles: [] };
  const invalid = ({ option, value }: Setting, remedy: string) => {
    problems.push({
      code: 'invalid-variable',
      host,
      message: `${variable}: ${option} cannot be ${JSON.stringify(value)}`,
      remedy,
    });
  };

  for (const setting of settingsOf(words)) {
    const { value } = setting;
    if (HARMLESS.has(setting.keyword)) continue;
    if (value === '') {
      invalid(setting, 'Give the option a value.');
      continue;
    }
    switch (setting.keyword) {
      case 'port': {
        const port = parseWhole(value, 1, 65535);
        if (port === undefined) invalid(setting, 'Give a port from 1 to 65535.');
        else options.port ??= port;
        break;
      }
      case 'user':
        options.user ??= value;
        break;
      case 'identityfile':
        options.identityFiles = [...options.identityFiles, value];
        break;
      case 'userknownhostsfile':
        options.userKnownHostsFiles ??= value === 'none' ? [] : (splitShellWords(value) ?? []);
        break;
      case 'stricthostkeychecking': {
        const checking = hostKeyCheckingOf(value);
        if (checking === undefined) invalid(setting, 'Write yes, accept-new or no.');
        else options.hostKeyChecking ??= checking;
        break;
      }
      case 'connecttimeout': {
        const seconds = parseWhole(value, 1, 86_400);
        if (seconds === undefined) invalid(setting, 'Give a whole number of seconds.');
        else options.connectTimeoutSeconds ??= seconds;
        break;
      }
      default:
        problems.push({
          code: 'unsupported-ssh-option',
          host,
          message: `${variable}: ${setting.option} is not supported yet`,
          remedy: `Remove ${setting.option} from ${variable}.`,
        });
    }
  }
  return { options, problems };
}

/** Options in order; for a word that is no option we know the shape of, a setting without a known keyword. */
function settingsOf(words: readonly string[]): Setting[] {
  const settings: Setting[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const [, letter = '', glued = ''] = /^-([oilp])(.*)$/.exec(word) ?? [];
    if (word === '-C') {
      settings.push({ option: word, keyword: 'compression', value: 'yes' });
      continue;
    }
    if (letter === '') {
      settings.push({ option: word, keyword: '', value: word });
      continue;
    }
    if (glued === '') at += 1;
    const value = glued === '' ? (words[at] ?? '') : glued;
    if (letter === 'o') settings.push(parseKeywordValue(value));
    else settings.push({ option: `-${letter}`, keyword: keywordOfLetter[letter] ?? '', value });
  }
  return settings;
}

/** `Key=value`, `Key value` and `Key = value`, as in ssh_config(5). */
function parseKeywordValue(text: string): Setting {
  const [, keyword = text, value = ''] = /^\s*([^\s=]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(text) ?? [];
  return { option: `-o ${keyword}`, keyword: keyword.toLowerCase(), value };
}

/** `ask` has nobody to ask here, which makes it strict, as under ssh's BatchMode. */
function hostKeyCheckingOf(value: string): HostKeyChecking | undefined {
  switch (value.toLowerCase()) {
    case 'yes':
    case 'true':
    case 'ask':
      return 'strict';
    case 'accept-new':
      return 'accept-new';
    case 'no':
    case 'false':
    case 'off':
      return 'off';
    default:
      return undefined;
  }
}
