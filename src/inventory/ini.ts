import type { InventoryDraft } from './draft.ts';
import type { Findings, Place } from './findings.ts';
import { parseHostEntry } from './host-entry.ts';
import type { Value } from './model.ts';
import { parsePythonValue } from './python-literal.ts';
import { splitWords } from './shell-split.ts';

/** Reads an INI inventory into the draft. */
export function parseIniInventory(text: string, file: string, draft: InventoryDraft): void {
  const reader = new IniReader(file, draft);
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) reader.readLine(line.trim(), index + 1);
  reader.finish();
}

type Section = { readonly group: string; readonly kind: 'hosts' | 'children' | 'vars' };

/** A group that was used before its own section: `[x:vars]`, or a child of `parents`. */
type Pending = { readonly kind: 'vars' | 'children'; readonly line: number; readonly parents: string[] };

const SECTION = /^\[([^:\]\s]+)(?::([\p{L}\p{N}_]+))?\]\s*(?:#.*)?$/u;
const GROUP_NAME = /^([^:\]\s]+)\s*(?:#.*)?$/;

class IniReader {
  readonly #file: string;
  readonly #draft: InventoryDraft;
  readonly #findings: Findings;
  readonly #pending = new Map<string, Pending>();
  /** Undefined after a broken section header: its lines would only add noise to the one real error. */
  #section: Section | undefined = { group: 'ungrouped', kind: 'hosts' };

  constructor(file: string, draft: InventoryDraft) {
    this.#file = file;
    this.#draft = draft;
    this.#findings = draft.findings;
  }

  readLine(line: string, number: number): void {
    if (line === '' || line.startsWith('#') || line.startsWith(';')) return;
    const place = { file: this.#file, line: number };
    const header = SECTION.exec(line);
    if (header !== null) this.#openSection(header[1] ?? '', header[2] ?? 'hosts', place);
    else if (line.startsWith('[') && line.endsWith(']')) this.#refuseSection(line, place);
    else if (this.#section?.kind === 'hosts') this.#readHosts(line, this.#section.group, place);
    else if (this.#section?.kind === 'vars') this.#readVariable(line, this.#section.group, place);
    else if (this.#section?.kind === 'children') this.#readChild(line, this.#section.group, place);
  }

  /** Reports what was used but never defined. */
  finish(): void {
    for (const [name, { kind, line, parents }] of this.#pending) {
      const place = { file: this.#file, line };
      const message =
        kind === 'vars'
          ? `section [${name}:vars] is for a group that is not defined: "${name}"`
          : `section [${parents.at(-1)}:children] includes a group that is not defined: "${name}"`;
      this.#findings.fail('undefined-group', place, message, `Add a section [${name}], or correct the name.`);
    }
  }

  #openSection(group: string, kind: string, place: Place & { line: number }): void {
    if (kind !== 'hosts' && kind !== 'children' && kind !== 'vars') {
      const message = `section [${group}:${kind}] has the unknown type "${kind}"`;
      this.#findings.fail(
        'ini-section',
        place,
        message,
        'Sections are [group], [group:vars] and [group:children].',
      );
      this.#section = undefined;
      return;
    }
    this.#section = { group, kind };
    if (!this.#draft.groups.has(group)) {
      if (kind === 'vars' && !this.#pending.has(group))
        this.#pending.set(group, { kind, line: place.line, parents: [] });
      this.#draft.addGroup(group);
    }
    if (kind !== 'vars') this.#settle(group, place);
  }

  #refuseSection(line: string, place: Place): void {
    this.#findings.fail(
      'ini-section',
      place,
      `"${line}" is no section header`,
      'Write [group] without spaces or a second bracket.',
    );
    this.#section = undefined;
  }

  /** Attaches a group to the parents that named it before its section; this decides the order of their children. */
  #settle(group: string, place: Place): void {
    const pending = this.#pending.get(group);
    if (pending === undefined) return;
    this.#pending.delete(group);
    for (const parent of pending.parents) {
      this.#draft.addChild(parent, group, { ...place, line: pending.line });
      if (this.#pending.get(parent)?.kind === 'children') this.#settle(parent, place);
    }
  }

  #readHosts(line: string, group: string, place: Place): void {
    const split = splitWords(line);
    if ('error' in split) {
      this.#findings.fail(
        'ini-host',
        place,
        `can't read host line "${line}": ${split.error}`,
        'Close or escape the quote.',
      );
      return;
    }
    const [entryText = '', ...assignments] = split.words;
    const entry = parseHostEntry(entryText);
    if ('error' in entry) {
      this.#findings.fail(
        'ini-host',
        place,
        entry.error,
        'Write a host name, an address, or a range such as gw[01:04].',
      );
      return;
    }
    if (entry.names.length === 0) {
      this.#findings.warn(
        'empty-range',
        place,
        `"${entryText}" stands for no host`,
        'Write the smaller end of the range first.',
      );
    }
    const vars = this.#readAssignments(assignments, place);
    for (const name of entry.names) {
      this.#draft.addHost(name, group, place, entry.port);
      for (const [key, value] of vars) this.#draft.setVariable(name, key, value, place);
    }
  }

  #readAssignments(assignments: readonly string[], place: Place): ReadonlyMap<string, Value> {
    const vars = new Map<string, Value>();
    for (const assignment of assignments) {
      const equals = assignment.indexOf('=');
      if (equals < 0) {
        this.#findings.fail(
          'ini-host',
          place,
          `expected key=value after the host, got "${assignment}"`,
          'Write key=value without spaces around "=".',
        );
      } else {
        vars.set(assignment.slice(0, equals), parsePythonValue(assignment.slice(equals + 1)));
      }
    }
    return vars;
  }

  #readVariable(line: string, group: string, place: Place): void {
    const equals = line.indexOf('=');
    if (equals < 0) {
      this.#findings.fail(
        'ini-vars',
        place,
        `expected key=value in [${group}:vars], got "${line}"`,
        'Write one key=value a line.',
      );
      return;
    }
    this.#draft.setVariable(
      group,
      line.slice(0, equals).trim(),
      parsePythonValue(line.slice(equals + 1).trim()),
      place,
    );
  }

  #readChild(line: string, group: string, place: Place & { line: number }): void {
    const child = GROUP_NAME.exec(line)?.[1];
    if (child === undefined) {
      this.#findings.fail(
        'ini-children',
        place,
        `expected a group name in [${group}:children], got "${line}"`,
        'Write one group name a line, without variables.',
      );
      return;
    }
    if (this.#draft.groups.has(child)) {
      this.#draft.addChild(group, child, place);
      return;
    }
    const pending = this.#pending.get(child);
    if (pending === undefined)
      this.#pending.set(child, { kind: 'children', line: place.line, parents: [group] });
    else pending.parents.push(group);
  }
}
