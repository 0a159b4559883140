import type { Family } from '../ruleset/model.ts';
import { rememberTexts } from '../ruleset/remember.ts';
import { splitTokens } from '../ruleset/tokens.ts';
import { FaultError } from './fault.ts';
import { checkAddresses } from './rule-addresses.ts';
import { jumpOf, optionsOf } from './rule-options.ts';

export type RuleText = {
  readonly chain: string;
  /** From `-A` on. */
  readonly text: string;
  /** The chain or target of `-j` or `-g`. */
  readonly jump: string | undefined;
};

/**
 * Parses `-A CHAIN …`; counters before it are dropped, and the rest stays as it is written.
 *
 * @throws FaultError for another command, a broken quote, a hostname, or an address of the other family
 */
export function parseRule(line: string, family: Family): RuleText {
  return family === 'ipv4' ? parseIpv4(line) : parseIpv6(line);
}

const parseIpv4 = rememberTexts((line) => parse(line, 'ipv4'));
const parseIpv6 = rememberTexts((line) => parse(line, 'ipv6'));

function parse(line: string, family: Family): RuleText {
  const text = line.replace(/^\[\d+:\d+\]\s*/, '');
  const { tokens, isOpen } = splitTokens(text);
  const [command = '', chain = ''] = [tokens[0]?.text, tokens[1]?.text];
  checkCommand(command, text);
  if (isOpen) {
    const remedy = 'Close it, or remove it.';
    throw new FaultError('open-quote', `a double quote is never closed in "${text}"`, remedy);
  }
  if (text.endsWith('\\')) {
    const remedy = 'iptables-restore knows no continued lines: write the rule on one line.';
    throw new FaultError('continuation', 'a rule ends with a backslash', remedy);
  }
  if (chain === '') throw new FaultError('unknown-line', `"${text}" names no chain`, 'Write -A CHAIN …');
  if (tokens.some((token) => !token.isQuoted && (token.text === '-t' || token.text === '--table'))) {
    const remedy = 'Put the rule between *TABLE and COMMIT of its own table.';
    throw new FaultError('command', '-t has no place in a template', remedy);
  }
  const options = optionsOf(tokens);
  const jump = jumpOf(options);
  checkAddresses(options, jump, family);
  return { chain, text, jump };
}

/** Commands that change what is there instead of saying what there should be. */
const REFUSED: readonly { readonly commands: readonly string[]; readonly remedy: string }[] = [
  {
    commands: ['-I', '--insert'],
    remedy: 'Rules stand in the order of the playbook: write -A, and list the fragment earlier.',
  },
  {
    commands: ['-D', '--delete', '-R', '--replace'],
    remedy: 'The text says what there should be: remove the rule where it is added.',
  },
  {
    commands: ['-F', '--flush', '-X', '--delete-chain', '-Z', '--zero'],
    remedy: 'Tables in the text are replaced whole: remove the line.',
  },
  { commands: ['-P', '--policy'], remedy: 'Declare the policy with the chain: ":INPUT DROP".' },
  { commands: ['-E', '--rename-chain'], remedy: 'Give the chain its name where it is declared.' },
  {
    commands: ['-L', '--list', '-S', '--list-rules', '-C', '--check'],
    remedy: 'A template holds rules only: remove the line.',
  },
];

function checkCommand(command: string, text: string): void {
  if (command === '-A' || command === '--append') return;
  const refusal = REFUSED.find(({ commands }) => commands.includes(command));
  if (refusal !== undefined) {
    throw new FaultError('command', `${command} has no place in a template`, refusal.remedy);
  }
  const near = command.toUpperCase() === 'COMMIT' ? ' (COMMIT stands alone, in capitals)' : '';
  const remedy = 'Lines are *table, :CHAIN POLICY, -A CHAIN …, COMMIT and # comments.';
  throw new FaultError('unknown-line', `"${text}" is not a line of a rule set${near}`, remedy);
}
