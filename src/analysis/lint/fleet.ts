import type { DesiredRuleset } from '../../ruleset/model.ts';
import { keyOf, lintRuleset } from './lint.ts';
import type { Finding, Surroundings } from './model.ts';
import { createRuleReader, type Line, rulesetOf } from './read.ts';

/** A finding with the hosts whose rules have it. */
export type FleetFinding = Finding & { readonly hosts: readonly string[] };

/** Gathers what is found in the rules of many hosts, each line of a template once. */
export type FleetLint = {
  add(host: string, ruleset: Pick<DesiredRuleset, 'family' | 'text' | 'sources'>, around: Surroundings): void;
  /** By file and line. */
  findings(): readonly FleetFinding[];
};

export function createFleetLint(): FleetLint {
  const read = createRuleReader();
  const found = new Map<string, { readonly finding: Finding; readonly hosts: Set<string> }>();
  return {
    add: (host, { family, text, sources }, around) => {
      for (const finding of lintRuleset(rulesetOf(linesOf(text, sources), { family, around, read }))) {
        const known = found.get(keyOf(finding));
        if (known === undefined) found.set(keyOf(finding), { finding, hosts: new Set([host]) });
        else {
          known.hosts.add(host);
          // The worst that it is on any host counts.
          if (finding.cutsAccess === true && known.finding.cutsAccess !== true)
            found.set(keyOf(finding), { finding, hosts: known.hosts });
        }
      }
    },
    findings: () =>
      sorted([...found.values()].map(({ finding, hosts }) => ({ ...finding, hosts: [...hosts] }))),
  };
}

/** In the order of files and lines. */
export function sorted<F extends Finding>(findings: readonly F[]): readonly F[] {
  return findings.toSorted(
    (a, b) => compare(a.place.file, b.place.file) || a.place.line - b.place.line || compare(a.id, b.id),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The lines of a rendered rule set: merging made it, so that each is a whole command. */
function* linesOf(text: string, sources: DesiredRuleset['sources']): Generator<Line> {
  let [table, at] = ['', 0];
  for (const line of text.split('\n')) {
    const source = sources[at];
    at += 1;
    if (line.startsWith('*')) table = line.slice(1);
    else if (line !== '' && line !== 'COMMIT')
      yield { table, text: line, place: source && { file: source.template, line: source.line } };
  }
}
