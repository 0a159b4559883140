import type { Family } from '../../ruleset/model.ts';
import { misspelt, programOf } from './checks/s2.ts';
import type { Place, ScriptCommand } from './model.ts';
import type { Line } from './read.ts';
import { type ShellLine, shellLines } from './shell.ts';

/** What a script does to iptables, as far as it can be read without running it. */
export type Script = {
  /** All of them: in those that are unread, variables stand as they are written. */
  readonly commands: readonly ScriptCommand[];
  readonly lines: Readonly<Record<Family, readonly Line[]>>;
  /** Places that hold a variable or a substitution whose value only the shell would know. */
  readonly unread: readonly Place[];
};

/** Reads `iptables -A …` commands; variables that the script sets to plain text are filled in. */
export function readScript(text: string, file: string): Script {
  const commands: ScriptCommand[] = [];
  const lines: Record<Family, Line[]> = { ipv4: [], ipv6: [] };
  const unread: Place[] = [];
  const variables = new Map<string, string>();
  for (const { words: written, line } of startOnly(shellLines(text))) {
    const words = written.map((word) => filled(word, variables));
    const [, name, value] = /^(\w+)=(.*)$/s.exec(words[0]?.text ?? '') ?? [];
    if (name !== undefined && words.length === 1) {
      // A list of the shell is no text that stands in a rule.
      if (words[0]?.isOpen === true || value?.startsWith('(') === true) variables.delete(name);
      else variables.set(name, value ?? '');
      continue;
    }
    const program = withoutPrefix(words.map((word) => word.text));
    const family = familyOf(program[0] ?? '');
    const place = { file, line };
    if (family === undefined && misspelt(programOf(program)) === undefined) continue;
    commands.push({ words: program, place });
    if (words.some(({ isOpen }) => isOpen) && words.slice(-program.length + 1).some(({ isOpen }) => isOpen)) {
      unread.push(place);
      continue;
    }
    const command = family === undefined ? undefined : commandOf(program.slice(1));
    if (family !== undefined && command !== undefined) lines[family].push({ ...command, place });
  }
  return { commands, lines, unread };
}

/** Where a script can start and stop, only what starts it. */
function* startOnly(lines: readonly ShellLine[]): Generator<ShellLine> {
  let isStopping = false;
  for (const line of lines) {
    const first = line.words[0]?.text ?? '';
    const label = /^["']?([\w|*-]+)["']?\)$/.exec(first)?.[1] ?? /^(\w+)\(\)$/.exec(first)?.[1];
    if (label !== undefined)
      isStopping =
        /stop|flush|clear|reset|panic|status|off|disable|\*|down|save|restart|reload|usage|help/i.test(label);
    if (first === ';;' || first === '}' || first === 'esac') isStopping = false;
    if (!isStopping) yield label === undefined ? line : { ...line, words: line.words.slice(1) };
  }
}

const WORDS = new Set([
  'sudo',
  'then',
  'do',
  'else',
  '{',
  'exec',
  'command',
  'doas',
  '!',
  'if',
  'while',
  'run',
]);

/** `sudo`, `then`, `do` stand before a command. */
function withoutPrefix(words: readonly string[]): readonly string[] {
  const at = words.findIndex((word) => !WORDS.has(word) && !/^\w+=/.test(word));
  return at === -1 ? [] : words.slice(at);
}

/** `$IPT`, `${IPTABLES}` and the like are iptables by another name. */
function familyOf(word: string): Family | undefined {
  const [, variable] = /^["']?\$\{?(\w+)\}?["']?$/.exec(word) ?? [];
  if (variable !== undefined) {
    if (!/^(ip|ipt|ip6|ip6t|ip[46]?t(ables|b|bl)?_?(cmd|bin)?|iptables[46]?)$/i.test(variable))
      return undefined;
    return variable.includes('6') ? 'ipv6' : 'ipv4';
  }
  const name = word.replace(/^.*\//, '').replace(/-(legacy|nft)$/, '');
  if (name === 'iptables') return 'ipv4';
  return name === 'ip6tables' ? 'ipv6' : undefined;
}

/** The table and the rest, as a line of a rules file would have it. */
function commandOf(words: readonly string[]): Pick<Line, 'table' | 'text'> | undefined {
  const rest: string[] = [];
  let table = 'filter';
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '-t' || word === '--table') {
      at += 1;
      table = words[at] ?? table;
    } else if (word === '-w' || word === '--wait') {
      if (/^\d+$/.test(words[at + 1] ?? '')) at += 1;
    } else if (!/^(-v|--verbose|-n|--numeric|-4|-6)$/.test(word)) rest.push(word);
  }
  const command = rest.findIndex((word) =>
    /^(-[ADIRNPFXZECLS]|--(append|delete|insert|replace|new-chain|policy|flush|delete-chain))$/.test(word),
  );
  if (command === -1) return undefined;
  // iptables takes its command anywhere.
  const ordered = command === 0 ? rest : commandFirst(rest, command);
  return { table, text: ordered.map(quoted).join(' ') };
}

function commandFirst(words: readonly string[], at: number): readonly string[] {
  const count = words[at] === '-P' || words[at] === '--policy' ? 3 : 2;
  return [...words.slice(at, at + count), ...words.slice(0, at), ...words.slice(at + count)];
}

function quoted(word: string): string {
  return word === '' || /[\s"\\]/.test(word) ? `"${word.replaceAll(/["\\]/g, '\\$&')}"` : word;
}

type Word = ShellLine['words'][number];

/** `isOpen`: what it stands for isn't known. */
function filled(
  word: Word,
  variables: ReadonlyMap<string, string>,
): { readonly text: string; readonly isOpen: boolean } {
  if (word.isLiteral) return { text: word.text, isOpen: false };
  let isOpen = /\$\(|`|\$[\d@*?!#]|\$\{\w+[^\w}]/.test(word.text);
  const text = word.text.replaceAll(/\$(?:\{(\w+)\}|([A-Za-z_]\w*))/g, (whole, braced, plain) => {
    const value = variables.get(braced ?? plain);
    if (value === undefined) isOpen = true;
    return value ?? whole;
  });
  return { text, isOpen };
}
