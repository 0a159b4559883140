import type { DesiredRuleset, LineSource } from './model.ts';
import { parseSave } from './save.ts';
import { splitTokens, type Token } from './tokens.ts';

type Written = { readonly rule: string; readonly source: LineSource | undefined };

/**
 * Tells where the rules of a table were written: answers for a chain, given its canonical rules, a source for each of them. iptables
 * keeps the order of a chain's rules and makes one rule of each written one, but for each address of `-s a,b -d c,d`. Where the rules
 * that are there aren't exactly those that were written (other hands' rules among them), it says nothing rather than something wrong.
 */
export function sourcesIn(
  { text, sources }: Pick<DesiredRuleset, 'text' | 'sources'>,
  table: string,
): (chain: string, rules: readonly string[]) => readonly (LineSource | undefined)[] {
  const written = writtenRules(text, sources, table);
  return (chain, rules) => {
    const expanded = (written.get(chain) ?? []).flatMap((one) => {
      const count = one.rule.includes(',') ? addressesIn(splitTokens(one.rule).tokens) : 1;
      return count === 1 ? [one] : Array.from({ length: count }, () => one);
    });
    if (expanded.length !== rules.length) return [];
    const isCertain = expanded.every(({ rule }, index) => isWritingOf(rule, rules[index] ?? ''));
    return isCertain ? expanded.map(({ source }) => source) : [];
  };
}

function writtenRules(text: string, sources: DesiredRuleset['sources'], table: string) {
  const chains = new Map<string, Written[]>();
  let at = 0;
  for (const { name, before, lines } of parseSave(text).tables) {
    at += before.length;
    for (const line of lines) {
      const source = sources[at];
      at += 1;
      if (line.kind !== 'rule' || name !== table) continue;
      const rules = chains.get(line.chain);
      if (rules === undefined) chains.set(line.chain, [{ rule: line.rule, source }]);
      else rules.push({ rule: line.rule, source });
    }
  }
  return chains;
}

const SOURCE = /^(?:-s|--src|--source)(?:=|$)|^-s[^-]/;
const DESTINATION = /^(?:-d|--dst|--destination)(?:=|$)|^-d[^-]/;

/** How many rules iptables makes of one: sources times destinations. */
function addressesIn(tokens: readonly Token[]): number {
  const count = (option: RegExp) => {
    const at = tokens.findIndex(({ text, isQuoted }) => !isQuoted && option.test(text));
    const own = tokens[at]?.text ?? '';
    const value = /^(?:-[sd]|--[a-z]+)$/.test(own) ? tokens[at + 1] : tokens[at];
    return at < 0 ? 1 : (value?.text.split(',').filter((part) => part !== '').length ?? 1);
  };
  return count(SOURCE) * count(DESTINATION);
}

/** Whether a canonical rule may be the written one: it is, or has all of its fixed words. */
function isWritingOf(written: string, canonical: string): boolean {
  if (written === canonical) return true;
  const words = fixedWords(splitTokens(written).tokens);
  const { tokens } = splitTokens(canonical);
  return words.every((word) => tokens.some(({ text }) => text === word));
}

/** Words that iptables prints as they were written: interfaces, comments, chains and targets, but for one old target. */
function fixedWords(tokens: readonly Token[]): readonly string[] {
  return tokens.flatMap(({ text, isQuoted }, index) => {
    const value = tokens[index + 1]?.text;
    return !isQuoted && /^(?:-[ijog]|--comment)$/.test(text) && value !== undefined && value !== 'NOTRACK'
      ? [value]
      : [];
  });
}
