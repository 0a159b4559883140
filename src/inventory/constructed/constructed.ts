import type { DraftHost, InventoryDraft } from '../draft.ts';
import type { Place } from '../findings.ts';
import { depths, directGroups } from '../group-tree.ts';
import { evaluate } from '../jinja/evaluate.ts';
import { shownOf } from '../jinja/explain.ts';
import { JinjaFault } from '../jinja/fault.ts';
import { parseCondition } from '../jinja/parse.ts';
import { isTruthy, kindOf, plain } from '../jinja/result.ts';
import { Scope } from '../jinja/scope.ts';
import { mergeVars } from '../merge-vars.ts';
import type { Resolved, Value } from '../model.ts';
import { pythonText } from '../python-text.ts';
import { isPasswordName } from '../secret-names.ts';
import { shortHostname } from '../short-hostname.ts';
import type { YamlDocument, YamlEntry } from '../yaml-document.ts';
import { groupNames, makesGroups, safeGroupName } from './names.ts';
import { type ConstructedOptions, type KeyedGroup, readOptions, type Written } from './options.ts';

/** Says whether an inventory file's `plugin:` is Ansible's `constructed`. */
export function isConstructed(plugin: Value): boolean {
  return plugin === 'constructed' || plugin === 'ansible.builtin.constructed';
}

/**
 * Applies a file of the `constructed` plugin to the hosts that the sources before it named: their composed variables, then the groups whose
 * expression holds for them, then the groups named after their values.
 *
 * An expression that Ansible fails on is passed over, as Ansible does unless `strict` is set; one that we don't support is an error.
 */
export function applyConstructed(
  entries: readonly YamlEntry[],
  document: YamlDocument,
  draft: InventoryDraft,
): void {
  const problems = draft.findings.problems.length;
  const options = readOptions(entries, document);
  if (draft.findings.problems.length > problems) return;
  const builder = new Builder(document.file, draft, options);
  // What is added on the way are groups, never hosts.
  for (const host of draft.hosts.values()) builder.build(host);
}

class Builder {
  readonly #file: string;
  readonly #draft: InventoryDraft;
  readonly #options: ConstructedOptions;
  /** By host, the groups that list it themselves. */
  readonly #direct: Map<string, string[]>;
  #depths: ReadonlyMap<string, number>;
  /** Expressions that were reported: each is wrong in the same way for a thousand hosts. */
  readonly #reported = new Set<Written>();

  constructor(file: string, draft: InventoryDraft, options: ConstructedOptions) {
    this.#file = file;
    this.#draft = draft;
    this.#options = options;
    this.#direct = directGroups(draft.groups);
    this.#depths = depths(draft.groups);
  }

  build(host: DraftHost): void {
    const { compose, groups, keyedGroups } = this.#options;
    const scope = this.#scopeOf(host);
    for (const [name, written] of compose) {
      this.#attempt(written, `compose.${name}`, host, () => {
        this.#draft.setVariable(host.name, name, expressionOf(written, scope) as Value, this.#place(written));
      });
    }
    const after = compose.length === 0 ? scope : this.#scopeOf(host);
    for (const [name, written] of groups) {
      this.#attempt(written, `groups.${name}`, host, () => {
        const holds = isTruthy(evaluate(parseCondition(written.text), after));
        if (holds) this.#addHost(host.name, safeGroupName(name), this.#place(written));
      });
    }
    for (const keyed of keyedGroups)
      this.#attempt(keyed.key, 'keyed_groups', host, () => this.#addKeyed(keyed, host, after));
  }

  #addKeyed(keyed: KeyedGroup, { name: host }: DraftHost, scope: Scope): void {
    const key = plain(expressionOf(keyed.key, scope), 'a group name');
    if (!makesGroups(key, keyed)) {
      if (typeof key === 'object' && key !== null) return;
      throw new JinjaFault('value', 'it is empty', 'Give a default, or leave strict out.');
    }
    const parent = keyed.parentGroup === undefined ? undefined : parentName(keyed.parentGroup, scope);
    const names = groupNames(key, keyed, this.#options.leadingSeparator);
    if (names === undefined) {
      throw new JinjaFault('unsupported', `it is ${kindOf(key)}, not text`, 'Make it text: | string.');
    }
    const place = this.#place(keyed.key);
    for (const name of names) {
      if (name === '')
        throw new JinjaFault('unsupported', 'the name of the group is empty', 'Give it a prefix.');
      this.#addHost(host, name, place);
      if (parent === undefined || parent === '') continue;
      this.#draft.addChild(safeGroupName(parent), name, place);
      this.#depths = depths(this.#draft.groups);
    }
  }

  #addHost(host: string, group: string, place: Place): void {
    this.#draft.addHost(host, group, place);
    const known = this.#direct.get(host);
    if (known === undefined) this.#direct.set(host, [group]);
    else if (!known.includes(group)) known.push(group);
  }

  /** What the plugin sees of a host: the variables that inventory files before it gave to the host and to its groups. */
  #scopeOf(host: DraftHost): Scope {
    const file = this.#draft.fileOf(host);
    const groups = this.#groupsOf(host.name);
    const own = mergeVars([
      ...groups.map((name) => Object.fromEntries(this.#draft.groups.get(name)?.vars ?? [])),
      file === undefined ? {} : { inventory_file: file, inventory_dir: file.replace(/\/[^/]*$/, '') },
      Object.fromEntries(host.vars),
      {
        inventory_hostname: host.name,
        inventory_hostname_short: shortHostname(host.name),
        group_names: groups.filter((name) => name !== 'all').toSorted(),
      },
    ]);
    return new Scope({ host: host.name, raw: (name) => own[name], names: () => Object.keys(own) });
  }

  /** The groups of a host as far as they are known by now, lowest precedence first; `all` only where a source has said so. */
  #groupsOf(host: string): readonly string[] {
    const { groups } = this.#draft;
    const names = new Set(this.#direct.get(host));
    // A set visits what is added while it is walked.
    for (const name of names) for (const parent of groups.get(name)?.parents ?? []) names.add(parent);
    const depthOf = (name: string) => this.#depths.get(name) ?? 0;
    const priorityOf = (name: string) => groups.get(name)?.priority ?? 1;
    return [...names].sort(
      (a, b) => depthOf(a) - depthOf(b) || priorityOf(a) - priorityOf(b) || (a < b ? -1 : 1),
    );
  }

  #attempt(written: Written, what: string, { name: host }: DraftHost, run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof JinjaFault)) throw error;
      const isSkipped = !this.#options.strict && (error.kind === 'undefined' || error.kind === 'value');
      if (isSkipped || this.#reported.has(written)) return;
      this.#reported.add(written);
      const fault = shownOf(error);
      const chain = error.trail.map(({ name }) => ` (${name})`).join('');
      const shown = isPasswordName(what.replace('compose.', '')) ? '' : ` "${written.text}"`;
      const message = `${what}${shown} can't be evaluated for ${host}: ${fault.message}${chain}`;
      this.#draft.findings.fail('constructed-expression', this.#place(written), message, fault.remedy);
    }
  }

  #place({ line }: Written) {
    return { file: this.#file, line };
  }
}

/** As the plugin does: between braces, so that a lone name keeps its type and all else becomes text first. */
function expressionOf({ text }: Written, scope: Scope): Resolved {
  return scope.resolveText(`{{${text}}}`);
}

function parentName(text: string, scope: Scope): string {
  return pythonText(plain(scope.resolveText(text), `parent_group "${text}"`));
}
