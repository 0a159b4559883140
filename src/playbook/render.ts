import type { Host, Inventory, Vars } from '../inventory/model.ts';
import type { Problem } from '../problem.ts';
import type { DesiredState, Family } from '../ruleset/model.ts';
import { rememberLike } from '../ruleset/remember.ts';
import { isEachSame } from '../ruleset/same.ts';
import { distinct } from './fault.ts';
import { type FragmentTable, parseFragment } from './fragment.ts';
import type { Overlay } from './host-views.ts';
import { mergeFragments } from './merge.ts';
import type { Play } from './model.ts';
import { problemAt } from './origin.ts';
import { renderLines } from './render-lines.ts';
import { renderSets } from './render-sets.ts';
import { renderSysctls } from './render-sysctls.ts';
import { isSameRuleLine, type RuleLine } from './rule-lines.ts';
import { missingTemplate, type Template, type Templates } from './template.ts';
import { variablesOf } from './variables.ts';

/** What a play wants of one host: a rule set for each family that its templates have rules for, sets, kernel parameters. */
export type RenderedPlay = Pick<DesiredState, 'rulesets' | 'sets' | 'sysctls'> & {
  readonly problems: readonly Problem[];
};

/**
 * Renders a play for a host: every fragment in every family of the play, merged per table and chain. With any problem there is
 * nothing but problems.
 *
 * @param templates as `parseTemplate` made them, by the names that the play and partials use; none includes itself
 * @param extraVars the variables of `-e`, which override all others
 * @param overlay backends that are left out for now
 */
export function renderPlay(
  play: Play,
  templates: Templates,
  inventory: Inventory,
  host: Host,
  extraVars: Vars,
  overlay?: Overlay,
): RenderedPlay {
  const rendered = play.families.map((family) =>
    renderFamily(play, templates, inventory, host, extraVars, family, overlay),
  );
  const { sets, problems: ofSets } = renderSets(play, templates, inventory, host, extraVars, overlay);
  const { sysctls, problems: ofSysctls } = renderSysctls(play, inventory, host, extraVars, overlay);
  const rulesets = rendered.flatMap(({ ruleset }) => ruleset ?? []);
  const found = [...rendered.flatMap((one) => one.problems), ...ofSets, ...ofSysctls];
  // Tags may leave sets alone: then there are no rules to miss.
  if (found.length === 0 && rulesets.length === 0 && play.rules.length > 0) found.push(nothing(play));
  const problems = distinct(found).map((problem) => ({ ...problem, host: host.name }));
  return problems.length > 0
    ? { rulesets: [], sets: [], sysctls: [], problems }
    : { rulesets, sets, sysctls, problems };
}

function renderFamily(
  play: Play,
  templates: Templates,
  inventory: Inventory,
  host: Host,
  extraVars: Vars,
  family: Family,
  overlay: Overlay | undefined,
) {
  const fragments: (readonly FragmentTable[])[] = [];
  const problems: Problem[] = [];
  for (const fragment of play.rules) {
    const template = templates.get(fragment.template);
    if (template === undefined) problems.push(missingTemplate(play.file, fragment));
    else {
      const result = renderFragment(
        template,
        templates,
        variablesOf(play, fragment, inventory, host, extraVars),
        inventory,
        family,
        overlay,
      );
      for (const problem of result.problems) problems.push(problem);
      fragments.push(result.fragment);
    }
  }
  // A fragment that failed may be the one that declares a chain: what is missing after it is no problem of its own.
  if (problems.length > 0) return { ruleset: undefined, problems };
  return merged({ fragments, family, scope: play.scope });
}

type Rendered = { readonly lines: readonly RuleLine[]; readonly family: Family };
type Parts = {
  readonly fragments: readonly (readonly FragmentTable[])[];
  readonly family: Family;
  readonly scope: Play['scope'];
};

/** Gateways of one kind mostly have the same fragments; then they share what is made of them. */
const parsed = rememberLike(
  (one: Rendered, other: Rendered) =>
    one.family === other.family && isEachSame(one.lines, other.lines, isSameRuleLine),
  ({ lines, family }: Rendered) => parseFragment(lines, family),
);
const merged = rememberLike(
  (one: Parts, other: Parts) =>
    one.family === other.family &&
    one.scope === other.scope &&
    isEachSame(one.fragments, other.fragments, (mine, its) => mine === its),
  ({ fragments, family, scope }: Parts) => mergeFragments(fragments, family, scope),
);

function renderFragment(
  template: Template,
  templates: Templates,
  variables: ReturnType<typeof variablesOf>,
  inventory: Inventory,
  family: Family,
  overlay: Overlay | undefined,
) {
  const { lines, faults } = renderLines(
    template,
    templates,
    variables,
    inventory,
    family,
    'iptables-restore',
    overlay,
  );
  const read = faults.length > 0 ? { tables: [], faults } : parsed({ lines, family });
  const problems = read.faults.map((fault) => problemAt({ origin: { template }, ...fault }, fault));
  return { fragment: read.tables, problems };
}

function nothing(play: Play): Problem {
  const message = `play "${play.id}" renders no table at all for this host`;
  return {
    code: 'nothing-rendered',
    file: play.file,
    line: play.line,
    message,
    remedy: 'Check the conditions in its templates, or take the host out of the play.',
  };
}
