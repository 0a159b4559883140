import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The ids of all processes of this machine. */
export function allProcesses(): readonly number[] {
  return listOrEmpty('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

/** What /proc tells of a process; undefined when it is gone. */
export function statusOf(pid: number) {
  const text = readOrEmpty(`/proc/${pid}/stat`);
  if (text === '') return undefined;
  // See proc(5): the name, in brackets, may itself hold brackets and spaces; after it comes field 3.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => fields[number - 3] ?? '';
  return {
    name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
    state: field(3),
    parent: Number(field(4)),
    group: Number(field(5)),
    foregroundGroup: Number(field(8)),
    startedAt: field(22),
  };
}

/** Names the network namespace of a process, as `net:[4026531840]`; undefined when the process is gone. */
export function networkOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

/** Reads a file that may vanish at any time. */
export function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Lists a folder that may vanish at any time. */
export function listOrEmpty(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
