import { readFamily } from '../ruleset/canonical/own-reading.ts';
import { readSets } from '../ruleset/canonical/sets.ts';
import { type Answer, firstValue } from './answers.ts';
import type { Standing } from './standing.ts';

/**
 * Where the gateway could rehearse nothing, its answer holds what is wanted as it was written: brings both sides into one form by
 * sluice's own reading of rules, and says what that can't decide. A standing that was rehearsed stays as it is.
 */
export function readUnrehearsed(standing: Standing, answer: Answer, keptSets: readonly string[]): Standing {
  const why = firstValue(answer, 'unrehearsed');
  if (why === undefined) return standing;
  const backend = firstValue(answer, 'backend') === 'legacy' ? 'legacy' : 'nft';
  const families = standing.families.map((family) =>
    readFamily(family, {
      backend,
      foreign: chainsByTable(answer.files.get(`foreign.${family.family}`) ?? ''),
      isPartial: standing.scope === 'chains',
    }),
  );
  const sets = readSets(standing.sets.canonical, standing.sets.live, new Set(keptSets));
  return {
    ...standing,
    families: families.map(({ read }) => read),
    sets: { ...standing.sets, canonical: sets.text },
    ownReading: { why, undecided: [...families.flatMap(({ undecided }) => undecided), ...sets.undecided] },
  };
}

/** `TABLE CHAIN` lines. */
function chainsByTable(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const chains = new Map<string, Set<string>>();
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [table = '', chain = ''] = line.split(' ');
    chains.set(table, (chains.get(table) ?? new Set()).add(chain));
  }
  return chains;
}
