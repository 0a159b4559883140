import type { Token } from '../ruleset/tokens.ts';

/** An option of a rule with the argument after it. */
export type Option = { readonly name: string; readonly value: string };

/** Options whose argument is free text, so that what looks like an option there is none. */
const FREE_TEXT = new Set(['--comment', '--log-prefix', '--nflog-prefix', '--string', '--hex-string']);

/** The options of a rule, each with the token that follows it; a flag without argument comes with whatever follows. */
export function optionsOf(tokens: readonly Token[]): readonly Option[] {
  const options: Option[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const name = tokens[index];
    if (name === undefined || !name.text.startsWith('-')) continue;
    const [next, afterNext] = [tokens[index + 1]?.text ?? '', tokens[index + 2]?.text ?? ''];
    // The old place of a negation, after the option.
    options.push({ name: name.text, value: next === '!' ? afterNext : next });
    if (FREE_TEXT.has(name.text)) index += 1;
  }
  return options;
}

/** The chain or target that a rule with these options jumps or goes to. */
export function jumpOf(options: readonly Option[]): string | undefined {
  return options.find(({ name }) => isJump(name))?.value;
}

function isJump(name: string): boolean {
  return name === '-j' || name === '-g' || abbreviates(name, '--jump', 4) || abbreviates(name, '--goto', 4);
}

/** getopt_long takes any unambiguous beginning of a long option, and people write `--to-dest`. */
export function abbreviates(name: string, option: string, atLeast: number): boolean {
  return name.length >= atLeast && option.startsWith(name);
}
