import { isAddress } from '../../ruleset/address.ts';
import type { DesiredRuleset } from '../../ruleset/model.ts';
import { rememberLike } from '../../ruleset/remember.ts';
import { isSameRuleset } from '../../ruleset/same.ts';
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
  const look = createLook();
  const found = new Map<string, { readonly finding: Finding; readonly hosts: Set<string> }>();
  return {
    add: (host, ruleset, around) => {
      for (const finding of look(ruleset, around)) {
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

type Rendered = Parameters<FleetLint['add']>[1];
type Looked = { readonly ruleset: Rendered; readonly around: Surroundings; readonly terms: string };

/** Looks at rule sets; one that stood before, on another gateway of the same kind, is looked at once. */
function createLook(): (ruleset: Rendered, around: Surroundings) => readonly Finding[] {
  const read = createRuleReader();
  const look = rememberLike<Looked, readonly Finding[]>(
    (one, other) => one.terms === other.terms && isSameRuleset(one.ruleset, other.ruleset),
    ({ ruleset: { family, text, sources }, around }) =>
      lintRuleset(rulesetOf(linesOf(text, sources), { family, around, read })),
  );
  return (ruleset, around) => look({ ruleset, around, terms: termsOf(ruleset, around) });
}

/** All of the surroundings that may change what is found. A gateway's own address that its rules don't name does not. */
function termsOf({ family, text }: Rendered, { management, ...around }: Surroundings): string {
  const { addresses, port } = management ?? {};
  const named = addresses?.filter((address) => text.includes(address));
  const families = (['ipv4', 'ipv6'] as const).filter((of) =>
    addresses?.some((address) => isAddress(address, of)),
  );
  return JSON.stringify([family, around.isForwarding, around.isPartial, port, families, named]);
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
