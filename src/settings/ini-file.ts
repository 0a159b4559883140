import type { Problem } from '../problem.ts';

/** One `key = value`, and the line on which it begins. */
export type IniEntry = { readonly value: string; readonly line: number };

/** Sections by name, each with its entries by key; keys are in lower case. */
export type IniFile = ReadonlyMap<string, ReadonlyMap<string, IniEntry>>;

type Reading = {
  readonly sections: Map<string, Map<string, IniEntry>>;
  section?: { readonly name: string; readonly entries: Map<string, IniEntry> };
  /** What an indented line would continue. */
  open?: { readonly key: string; readonly line: number; readonly lines: string[] };
  indent: number;
};

/**
 * Parses an ansible.cfg as Ansible does, by Python's ConfigParser with `;` for comments at a line's end: `key = value` or
 * `key: value`, indented lines continue a value, `#` and `;` begin a comment line, nothing is interpolated. A section or key
 * that stands twice is a problem, and so is a line that is none of these.
 * @see https://docs.python.org/3/library/configparser.html#supported-ini-file-structure
 */
export function parseIniFile(text: string, file: string): { file: IniFile; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const reading: Reading = { sections: new Map(), indent: 0 };
  for (const [index, line] of text.split('\n').entries()) {
    const fault = readLine(line, index + 1, reading);
    if (fault !== undefined) problems.push({ code: 'invalid-config', file, line: index + 1, ...fault });
  }
  closeValue(reading);
  return { file: reading.sections, problems };
}

type Fault = Pick<Problem, 'message' | 'remedy'>;

function readLine(raw: string, line: number, reading: Reading): Fault | undefined {
  const { text, isCommented } = withoutComment(raw);
  if (text === '') {
    // An empty line may stand within a value; one that holds a comment leaves nothing there.
    if (!isCommented) reading.open?.lines.push('');
    return undefined;
  }
  const indent = raw.search(/\S/);
  if (reading.open !== undefined && indent > reading.indent) {
    reading.open.lines.push(text);
    return undefined;
  }
  reading.indent = indent;
  closeValue(reading);
  const header = /^\[(.+)\]/.exec(text)?.[1];
  return header === undefined ? beginValue(text, line, reading) : beginSection(header, reading);
}

function beginSection(name: string, reading: Reading): Fault | undefined {
  const before = reading.sections.get(name);
  reading.section = { name, entries: before ?? new Map() };
  reading.sections.set(name, reading.section.entries);
  if (before === undefined || name === 'DEFAULT') return undefined;
  return {
    message: `the section [${name}] stands here a second time`,
    remedy: 'Move its keys under the first one: Ansible refuses the file, too.',
  };
}

function beginValue(text: string, line: number, reading: Reading): Fault | undefined {
  const [, written = '', value = ''] = /^(.*?)\s*[=:]\s*(.*)$/.exec(text) ?? [];
  const key = written.toLowerCase();
  if (reading.section === undefined) {
    return {
      message: 'a key stands before any section',
      remedy: 'Begin with a section: [defaults]',
    };
  }
  if (key === '') {
    return {
      // Not what is written: it may be a password that lacks its key.
      message: 'the line is neither a section nor key = value',
      remedy: 'Write key = value; indent a line that continues the one above; begin comments with #.',
    };
  }
  const { name, entries } = reading.section;
  const before = entries.get(key);
  reading.open = { key, line, lines: [value.trim()] };
  if (before === undefined) return undefined;
  return {
    message: `${key} of [${name}] stands in line ${before.line} already`,
    remedy: 'Keep one of them: Ansible refuses the file, too.',
  };
}

function closeValue(reading: Reading): void {
  const { open, section } = reading;
  if (open === undefined || section === undefined) return;
  section.entries.set(open.key, { value: open.lines.join('\n').trimEnd(), line: open.line });
  delete reading.open;
}

/** `;` after a space ends a line, `#` does so at its beginning only. */
function withoutComment(raw: string): { readonly text: string; readonly isCommented: boolean } {
  if (/^\s*[#;]/.test(raw)) return { text: '', isCommented: true };
  const start = raw.search(/(?<=\s);/);
  return { text: (start < 0 ? raw : raw.slice(0, start)).trim(), isCommented: start >= 0 };
}
