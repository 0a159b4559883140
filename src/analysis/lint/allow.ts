import type { Place } from './model.ts';

/** `# sluice: allow N1 why`: on a line of its own, for the next line that is a rule or a command. */
export type Allow = {
  readonly place: Place;
  readonly id: string;
  readonly reason: string;
  /** The line that it silences; undefined at the end of a file. */
  readonly line: number | undefined;
};

const ALLOW = /^\s*#\s*sluice:\s*allow\b[ \t]*(\S*)[ \t]*(.*?)\s*$/;

/** The allow comments of a template, a rules file or a script. */
export function readAllows(text: string, file: string): readonly Allow[] {
  if (!text.includes('sluice:')) return [];
  const lines = text.split('\n');
  return lines.flatMap((written, at) => {
    const [whole, id = '', reason = ''] = ALLOW.exec(written) ?? [];
    if (whole === undefined) return [];
    const next = lines.findIndex((later, index) => index > at && !isBetween(later));
    return [{ place: { file, line: at + 1 }, id, reason, line: next === -1 ? undefined : next + 1 }];
  });
}

/** Comments, blank lines, and lines that only open or close a block; a partial is lines of its own. */
function isBetween(line: string): boolean {
  const trimmed = line.trim();
  return trimmed === '' || trimmed.startsWith('#') || /^(\{\{(?!~?\s*>)[^{}]*\}\}\s*)+$/.test(trimmed);
}
