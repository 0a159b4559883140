import type { Group, Host, Inventory, Vars } from '../../src/inventory/model.ts';
import type { Play } from '../../src/playbook/model.ts';
import { parsePlaybook } from '../../src/playbook/parse.ts';
import { type RenderedPlay, renderPlay } from '../../src/playbook/render.ts';
import { parseTemplate, type Template } from '../../src/playbook/template.ts';
import { ProblemsError } from '../../src/problem.ts';

/** An inventory of flat groups: `{ web: { w1: { ansible_host: '10.0.0.1' } } }`. */
export function inventoryOf(groups: {
  readonly [group: string]: { readonly [host: string]: Vars };
}): Inventory {
  const hosts = new Map<string, Host>();
  for (const [group, members] of Object.entries(groups)) {
    for (const [name, vars] of Object.entries(members)) {
      const known = hosts.get(name);
      hosts.set(name, {
        name,
        groups: [...(known?.groups ?? []), group].sort(),
        vars: { ...known?.vars, ...vars },
      });
    }
  }
  const groupOf = (name: string, children: string[], members: string[]): [string, Group] => [
    name,
    { name, children, hosts: members },
  ];
  return {
    hosts,
    groups: new Map([
      groupOf('all', Object.keys(groups), []),
      groupOf('ungrouped', [], []),
      ...Object.entries(groups).map(([name, members]) => groupOf(name, [], Object.keys(members))),
    ]),
  };
}

/** One gateway, `gw1`, in front of three web servers; the third has no IPv6 address. */
export const fleet = inventoryOf({
  edge: { gw1: { ansible_host: '198.51.100.1', uplink: 'eth0' } },
  web: {
    web1: { ansible_host: '10.0.0.11', sluice_address6: '2001:db8::11', weight: 3 },
    web2: { ansible_host: '10.0.0.12', sluice_address6: '2001:db8::12', weight: 1 },
    web3: { ansible_host: '10.0.0.13', weight: 1 },
  },
});

export function hostOf(inventory: Inventory, name: string): Host {
  const host = inventory.hosts.get(name);
  if (host === undefined) throw new Error(`no host ${name}`);
  return host;
}

/** A play as a playbook would give it; `rules` and `hosts` have defaults. */
export function playOf(yaml: string): Play {
  const { plays, problems } = parsePlaybook(yaml, 'site.yml');
  const [play] = plays;
  if (play === undefined) throw new ProblemsError(problems);
  return play;
}

export function templatesOf(texts: { readonly [name: string]: string }): ReadonlyMap<string, Template> {
  return new Map(Object.entries(texts).map(([name, text]) => [name, templateOf(name, text)]));
}

function templateOf(name: string, text: string): Template {
  const parsed = parseTemplate(name, `templates/${name}`, text);
  if ('problems' in parsed) throw new ProblemsError(parsed.problems);
  return parsed.template;
}

/** Renders one template on `gw1`, with the play's variables. */
export function renderOne(
  text: string,
  vars: Vars = {},
  families: Play['families'] = ['ipv4'],
  inventory = fleet,
  partials: { readonly [name: string]: string } = {},
): RenderedPlay {
  const play = playOf('- { id: edge, hosts: edge, rules: [{ template: one }] }');
  return renderPlay(
    { ...play, vars, families },
    templatesOf({ one: text, ...partials }),
    inventory,
    hostOf(inventory, 'gw1'),
    {},
  );
}

/** The rules of chain INPUT that a template body renders to. */
export function inputRules(body: string, vars: Vars = {}): readonly string[] {
  const { rulesets, problems } = renderOne(`*filter\n${body}\nCOMMIT\n`, vars);
  if (problems.length > 0) throw new ProblemsError(problems);
  return (rulesets[0]?.text ?? '').split('\n').filter((line) => line.startsWith('-A'));
}

/** The code and message of every problem of a template body inside *filter. */
export function complaints(
  body: string,
  vars: Vars = {},
  families: Play['families'] = ['ipv4'],
): readonly string[] {
  return renderOne(`*filter\n${body}\nCOMMIT\n`, vars, families).problems.map(
    ({ code, message }) => `${code}: ${message}`,
  );
}

/** Renders templates of `ipsets:` on `gw1`, beside rules that don't matter. */
export function renderSetTexts(
  texts: readonly string[],
  vars: Vars = {},
  families: Play['families'] = ['ipv4'],
): RenderedPlay {
  const names = texts.map((_, index) => `s${index}`);
  const play = playOf(
    `- { id: edge, hosts: edge, rules: [{ template: one }], ipsets: [${names.map((name) => `{ template: ${name} }`).join(', ')}] }`,
  );
  const sets = Object.fromEntries(texts.map((text, index) => [`s${index}`, text]));
  return renderPlay(
    { ...play, vars, families },
    templatesOf({ one: '*filter\nCOMMIT\n', ...sets }),
    fleet,
    hostOf(fleet, 'gw1'),
    {},
  );
}

/** What `ipset restore` would be given. */
export function restoreText({ sets }: Pick<RenderedPlay, 'sets'>): string {
  return sets.flatMap(({ create, members }) => [create, ...members].map((line) => `${line}\n`)).join('');
}
