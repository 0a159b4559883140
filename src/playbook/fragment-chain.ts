import type { Family } from '../ruleset/model.ts';
import { builtinChains, isBuiltinName } from '../ruleset/tables.ts';
import { isTarget } from '../ruleset/targets.ts';
import { FaultError } from './fault.ts';

/** A declaration; `policy` is `-` for a user's chain, and for a built-in chain whose policy is left open. */
export type ChainLine = {
  readonly chain: string;
  readonly policy: 'ACCEPT' | 'DROP' | '-';
  readonly line: number;
};

/**
 * Parses `:CHAIN POLICY`; counters are dropped.
 *
 * @throws FaultError for what iptables-restore would refuse, or worse, take for something else
 */
export function parseChain(text: string, line: number, family: Family, table: string): ChainLine {
  const [, chain = '', policy = ''] = /^:\s*(\S+)\s+(\S+)(?:\s+\[\d+:\d+\])?$/.exec(text) ?? [];
  if (chain === '') {
    const remedy = 'Write :CHAIN POLICY, such as ":INPUT DROP" or ":MINE -".';
    throw new FaultError('chain-syntax', `"${text}" does not declare a chain`, remedy);
  }
  if (builtinChains(table)?.includes(chain)) {
    if (policy === 'ACCEPT' || policy === 'DROP' || policy === '-') return { chain, policy, line };
    const remedy = 'The policy of a built-in chain is ACCEPT or DROP.';
    throw new FaultError('policy', `${chain} has the policy ${policy}`, remedy);
  }
  checkName(chain, family, table);
  if (policy === '-') return { chain, policy, line };
  const remedy = `Only built-in chains have one: write ":${chain} -", and end the chain with "-A ${chain} -j ${policy}".`;
  throw new FaultError('policy', `the chain ${chain} can't have the policy ${policy}`, remedy);
}

function checkName(chain: string, family: Family, table: string): void {
  if (isBuiltinName(chain)) {
    const remedy = `Its built-in chains are ${(builtinChains(table) ?? []).join(', ')}.`;
    throw new FaultError('wrong-table', `table ${table} has no chain ${chain}`, remedy);
  }
  if (isTarget(chain, family)) {
    const remedy = 'Give the chain another name.';
    throw new FaultError('chain-name', `${chain} is the name of a target, not of a chain`, remedy);
  }
  if (/^[-!]/.test(chain) || chain.length > 28) {
    const remedy = 'A name has at most 28 characters and begins with neither "-" nor "!".';
    throw new FaultError('chain-name', `"${chain}" can't name a chain`, remedy);
  }
}
