import type { Host, Inventory, Vars } from '../inventory/model.ts';
import type { Problem } from '../problem.ts';
import type { DesiredRuleset, Family } from '../ruleset/model.ts';
import { renderProgram } from './evaluate.ts';
import { distinct } from './fault.ts';
import { parseFragment } from './fragment.ts';
import { hostViews } from './host-views.ts';
import { mergeFragments, type RenderedFragment } from './merge.ts';
import type { Fragment, Play } from './model.ts';
import { RuleLines } from './rule-lines.ts';
import type { Template, Templates } from './template.ts';
import { variablesOf } from './variables.ts';

/** What a play wants of one host: a rule set for each family that its templates have rules for. */
export type RenderedPlay = {
  readonly rulesets: readonly DesiredRuleset[];
  readonly problems: readonly Problem[];
};

/**
 * Renders a play for a host: every fragment in every family of the play, merged per table and chain. With any problem there are
 * no rule sets.
 *
 * @param templates as `parseTemplate` made them, by the names that the play uses
 * @param extraVars the variables of `-e`, which override all others
 */
export function renderPlay(
  play: Play,
  templates: Templates,
  inventory: Inventory,
  host: Host,
  extraVars: Vars,
): RenderedPlay {
  const rendered = play.families.map((family) =>
    renderFamily(play, templates, inventory, host, extraVars, family),
  );
  const problems = distinct(rendered.flatMap((one) => one.problems)).map((problem) => ({
    ...problem,
    host: host.name,
  }));
  const rulesets = rendered.flatMap(({ ruleset }) => ruleset ?? []);
  if (problems.length > 0) return { rulesets: [], problems };
  return rulesets.length > 0 ? { rulesets, problems } : { rulesets, problems: [nothing(play, host)] };
}

function renderFamily(
  play: Play,
  templates: Templates,
  inventory: Inventory,
  host: Host,
  extraVars: Vars,
  family: Family,
) {
  const fragments: RenderedFragment[] = [];
  const problems: Problem[] = [];
  for (const fragment of play.rules) {
    const template = templates.get(fragment.template);
    if (template === undefined) problems.push(missing(play, fragment));
    else {
      const result = renderFragment(
        template,
        variablesOf(play, fragment, inventory, host, extraVars),
        inventory,
        family,
      );
      problems.push(...result.problems);
      fragments.push(result.fragment);
    }
  }
  // A fragment that failed may be the one that declares a chain: what is missing after it is no problem of its own.
  if (problems.length > 0) return { ruleset: undefined, problems };
  return mergeFragments(fragments, family);
}

function renderFragment(
  template: Template,
  variables: ReturnType<typeof variablesOf>,
  inventory: Inventory,
  family: Family,
) {
  const sink = new RuleLines(family);
  const hosts = (pattern: string) => hostViews(inventory, pattern, family);
  const faults = renderProgram(
    template.program,
    { contexts: [variables], loops: [], names: new Map(), hosts },
    sink,
  );
  const parsed = faults.length > 0 ? { tables: [], faults } : parseFragment(sink.lines(), family);
  const problems = parsed.faults.map((fault): Problem => ({ ...fault, file: template.file }));
  return { fragment: { template, tables: parsed.tables }, problems };
}

function missing(play: Play, { template, line }: Fragment): Problem {
  return {
    code: 'unknown-template',
    file: play.file,
    line,
    message: `there is no template "${template}"`,
    remedy: 'Put it into the folder templates beside the playbook.',
  };
}

function nothing(play: Play, host: Host): Problem {
  const message = `play "${play.id}" renders no table at all for this host`;
  return {
    code: 'nothing-rendered',
    file: play.file,
    line: play.line,
    host: host.name,
    message,
    remedy: 'Check the conditions in its templates, or take the host out of the play.',
  };
}
