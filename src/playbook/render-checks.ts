import type { Check, From } from '../checks/model.ts';
import type { Host, Inventory, Vars } from '../inventory/model.ts';
import { matchHosts, noHostsProblem } from '../inventory/patterns.ts';
import { didYouMean } from '../inventory/suggestion.ts';
import type { Problem } from '../problem.ts';
import type { Fill } from './check-kind.ts';
import { fillProbe } from './check-kinds.ts';
import { type Item, itemsOf, withItem } from './check-repeat.ts';
import { HeaderSecrets, HeaderText } from './check-secrets.ts';
import { CheckText, type Use } from './check-text.ts';
import { crowdFaults } from './deadline.ts';
import { renderProgram } from './evaluate.ts';
import type { Scope } from './expression.ts';
import { distinct, type Fault, FaultError, faultAt } from './fault.ts';
import { hostsIn, type Overlay } from './host-views.ts';
import type { CheckTemplate, Play } from './model.ts';
import type { Hide } from './secrets.ts';
import type { Seen } from './seen.ts';
import { parseProgram } from './template.ts';
import { variablesOf } from './variables.ts';

/**
 * Fills in the variables of a play's checks for one host. What a variable gives is checked for the place where it stands, above
 * all in a command, which runs as root. A check that is repeated, or that several hosts make, becomes as many.
 */
export function renderChecks(
  play: Play,
  inventory: Inventory,
  host: Host,
  extraVars: Vars,
  overlay?: Overlay,
): { readonly checks: readonly Check[]; readonly problems: readonly Problem[] } {
  const checks: Check[] = [];
  const problems: Problem[] = [];
  const tell = (name: string, line: number, faults: readonly Fault[]) => {
    for (const { code, message, remedy } of distinct(faults)) {
      const what = `check "${name}": ${message}`;
      problems.push({ code, file: play.file, line, host: host.name, message: what, remedy });
    }
  };
  const variables = (hide?: Hide) => variablesOf(play, undefined, inventory, host, extraVars, hide);
  const hosts = hostsIn(inventory, play.families[0] ?? 'ipv4', overlay);
  const scope: Scope = { contexts: [variables()], loops: [], names: new Map(), hosts, family: undefined };
  for (const template of play.checks) {
    const faults: Fault[] = [];
    const made = checksOf(template, scope, { inventory, host, variables }, faults);
    tell(template.name, template.line, [...faults, ...(faults.length > 0 ? [] : namesakes(made, checks))]);
    checks.push(...made);
  }
  if (problems.length === 0) {
    for (const fault of crowdFaults(checks, play.rollout)) tell(fault.check, play.line, [fault]);
  }
  return problems.length > 0 ? { checks: [], problems } : { checks, problems };
}

type Place = {
  readonly inventory: Inventory;
  readonly host: Host;
  readonly variables: (hide?: Hide) => { readonly [name: string]: Seen };
};

/** All that a written check comes to, in the order of its items, then of its hosts. */
function checksOf(template: CheckTemplate, scope: Scope, place: Place, faults: Fault[]): readonly Check[] {
  const { repeat } = template;
  if (repeat === undefined) return checkOf(template, scope, place, faults);
  let items: readonly Item[] = [];
  try {
    items = itemsOf(repeat, scope);
  } catch (error) {
    faults.push(faultAt(template.line, error));
  }
  const made = items.map((item) => checkOf(template, withItem(scope, item), place, faults));
  const names = new Set(made.flatMap(([first]) => first?.name ?? []));
  // A name that says nothing of the item would be that of all of them.
  const isOneName = names.size < made.filter((checks) => checks.length > 0).length;
  return made.flatMap((checks, index) =>
    checks.map((check) => (isOneName ? { ...check, name: `${check.name} [${items[index]?.label}]` } : check)),
  );
}

/** One check for each place that it is made from; none where something is wrong with it. */
export function checkOf(
  template: CheckTemplate,
  scope: Scope,
  place: Place,
  faults: Fault[],
): readonly Check[] {
  const before = faults.length;
  const render = <S extends CheckText>(text: string, within: Scope, sink: S): string => {
    const parsed = parseProgram(text);
    faults.push(...('faults' in parsed ? parsed.faults : renderProgram(parsed.program, within, sink)));
    return sink.text;
  };
  const fill: Fill = Object.assign((text: string, use: Use) => render(text, scope, new CheckText(use)), {
    header: (text: string) => {
      const secrets = new HeaderSecrets();
      const contexts = [place.variables(secrets.hide)];
      return secrets.whole(render(text, { ...scope, contexts }, new HeaderText()));
    },
  });
  const { line, probe: written, from, repeat: _, ...rest } = template;
  try {
    const name = fill(template.name, 'words');
    const places = placesOf(typeof from === 'string' ? from : fill(from.pattern, 'target'), from, place);
    const probe = fillProbe(written, fill);
    if (faults.length > before) return [];
    return places.map((one) => {
      const isOneOfMany = places.length > 1 && typeof one === 'object';
      return { ...rest, name: isOneOfMany ? `${name} from ${one.host}` : name, from: one, probe };
    });
  } catch (error) {
    // A part that could not be filled in leaves a text that is of no use, and that would be told a second time.
    if (faults.length === before) faults.push(faultAt(line, error));
    return [];
  }
}

/** Where a check is made from. @throws FaultError for a pattern, or a part of one, that names no host */
function placesOf(pattern: string, from: CheckTemplate['from'], { inventory, host }: Place): readonly From[] {
  if (from === 'controller' || from === 'gateway') return [from];
  const match = matchHosts(inventory, pattern);
  const none = noHostsProblem(inventory, pattern, match);
  if (none !== undefined) throw new FaultError(none.code, `from: ${none.message}`, none.remedy);
  const [unmatched] = match.unmatched;
  if (unmatched !== undefined) {
    throw new FaultError(
      'no-hosts',
      `from: "${unmatched}" in the pattern "${pattern}" names no host and no group`,
      `${didYouMean(unmatched, ['controller', 'gateway', ...inventory.groups.keys(), ...inventory.hosts.keys()])}"sluice inventory --graph" shows the groups and hosts there are.`,
    );
  }
  // The gateway itself looks over the connection that proves its change.
  return match.hosts.map(({ name }) => (name === host.name ? 'gateway' : { host: name }));
}

/** Two checks of one name could not be told apart in events, nor compared with what they saw before the change. */
function namesakes(made: readonly Check[], others: readonly Check[]): readonly Fault[] {
  const names = new Set(others.map(({ name }) => name));
  const twice = made.filter(({ name }) => names.has(name) || !names.add(name));
  return twice.map(({ name }) => ({
    code: 'duplicate-check',
    line: 0,
    message: `another check is called "${name}" already`,
    remedy: 'Give each check a name of its own; {{item}} in a name tells those of a list apart.',
  }));
}
