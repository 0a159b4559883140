import { Findings, type Place } from './findings.ts';
import type { Value } from './model.ts';
import { TemplatePlaces } from './template-places.ts';
import { asSecret } from './vaulted.ts';

export type DraftHost = {
  readonly name: string;
  readonly vars: Map<string, Value>;
  /** The source that named it first. */
  readonly file: string;
};

export type DraftGroup = {
  readonly name: string;
  readonly children: Set<string>;
  readonly parents: Set<string>;
  readonly hosts: Set<string>;
  readonly vars: Map<string, Value>;
  priority: number;
};

/**
 * An inventory under construction. The parsers of all sources write into the same draft, in the order of the sources, because
 * Ansible's rules depend on what came before (a later value wins, a port counts only where its host is new).
 */
export class InventoryDraft {
  readonly hosts = new Map<string, DraftHost>();
  readonly groups = new Map<string, DraftGroup>();
  readonly findings: Findings;
  readonly templates = new TemplatePlaces();
  /** Absolute paths of what was read for it, files of variables too. */
  readonly files = new Set<string>();
  #isSecret = false;

  readonly #cwd: string | undefined;

  /** @param cwd what the files' names are relative to */
  constructor(findings: Findings = new Findings(), cwd?: string) {
    this.findings = findings;
    this.#cwd = cwd;
    this.addGroup('all');
    this.addGroup('ungrouped');
    this.addChild('all', 'ungrouped', { file: '' });
  }

  /** The absolute path of the file that named a host first; undefined for one of an inline list. */
  fileOf({ file }: DraftHost): string | undefined {
    if (file === '' || file.includes(',')) return undefined;
    return file.startsWith('/') || this.#cwd === undefined ? file : `${this.#cwd}/${file}`;
  }

  /** Lets a parser read a wholly encrypted source: the variables that it sets are secret; names of hosts and groups are not. */
  secretly(parse: () => void): void {
    this.#isSecret = true;
    try {
      this.findings.withoutQuotes(parse);
    } finally {
      this.#isSecret = false;
    }
  }

  addGroup(name: string): DraftGroup {
    const known = this.groups.get(name);
    if (known !== undefined) return known;
    const group = {
      name,
      children: new Set<string>(),
      parents: new Set<string>(),
      hosts: new Set<string>(),
      vars: new Map(),
      priority: 1,
    };
    this.groups.set(name, group);
    return group;
  }

  addHost(name: string, group: string, place: Place, port?: number): void {
    if (!this.hosts.has(name)) {
      const vars = new Map<string, Value>();
      if (port !== undefined) vars.set('ansible_port', this.#guarded(port));
      this.hosts.set(name, { name, vars, file: place.file });
    } else if (port !== undefined && this.hosts.get(name)?.vars.get('ansible_port') !== port) {
      this.findings.warn(
        'port-ignored',
        place,
        `port ${port} of "${name}" is ignored: the host was named before`,
        `Set ansible_port=${port} on the host instead.`,
      );
    }
    this.addGroup(group).hosts.add(name);
  }

  addChild(parent: string, child: string, place: Place): void {
    if (parent === child) {
      this.findings.fail(
        'group-cycle',
        place,
        `group "${parent}" is a child of itself`,
        'Remove the group from its own children.',
      );
      return;
    }
    if (this.#isAncestor(child, parent)) {
      const message = `making "${child}" a child of "${parent}" closes a circle: "${parent}" is already below "${child}"`;
      this.findings.fail(
        'group-cycle',
        place,
        message,
        'Remove one of the two from the children of the other.',
      );
      return;
    }
    this.addGroup(parent).children.add(child);
    this.addGroup(child).parents.add(parent);
  }

  /** Sets a variable of a group, or else of a host: where both have the name, Ansible gives it to the group. */
  setVariable(entity: string, name: string, value: Value, place: Place): void {
    const group = this.groups.get(entity);
    const guarded = this.#guarded(value);
    this.templates.note(entity, name, guarded, place);
    if (group === undefined) this.hosts.get(entity)?.vars.set(name, guarded);
    else if (name !== 'ansible_group_priority') group.vars.set(name, guarded);
    else this.#setPriority(group, value, place);
  }

  #guarded(value: Value): Value {
    return this.#isSecret ? asSecret(value) : value;
  }

  #setPriority(group: DraftGroup, value: Value, place: Place): void {
    const priority =
      typeof value === 'string' || typeof value === 'number' ? Math.trunc(Number(value)) : Number.NaN;
    if (Number.isNaN(priority)) {
      const message = `ansible_group_priority of "${group.name}" is no number: ${JSON.stringify(value)}`;
      this.findings.fail('group-priority', place, message, 'Write a whole number; the default is 1.');
    } else {
      group.priority = priority;
    }
  }

  #isAncestor(candidate: string, name: string): boolean {
    const seen = new Set(this.groups.get(name)?.parents);
    // A set visits what is added while it is walked.
    for (const ancestor of seen)
      for (const parent of this.groups.get(ancestor)?.parents ?? []) seen.add(parent);
    return seen.has(candidate);
  }
}
