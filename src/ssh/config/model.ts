import type { Problem } from '../../problem.ts';

/** The arguments of a keyword, unquoted; for commands and jump hosts one, the whole rest of the line. */
export type Words = readonly string[];

/** Where a setting was written. */
export type Origin =
  | { readonly kind: 'file'; readonly file: string; readonly line: number }
  /** In the arguments of a host, or of every one; `place` is the variable, flag or setting. */
  | { readonly kind: 'argument'; readonly place: string; readonly host: string | undefined };

/** A keyword and its value, known to be well-formed. */
export type Setting = {
  /** In lower case. */
  readonly keyword: string;
  /** As written: `Port`, `-o Port`, `-p`. */
  readonly name: string;
  readonly words: Words;
  readonly origin: Origin;
};

/** One condition of a `Match` line. */
export type Criterion = {
  readonly kind: 'all' | 'final' | 'host' | 'originalhost' | 'user' | 'localuser' | 'unknowable';
  readonly isNegated: boolean;
  readonly patterns: readonly string[];
};

export type Statement =
  | { readonly kind: 'set'; readonly setting: Setting }
  | { readonly kind: 'host'; readonly patterns: readonly string[] }
  | { readonly kind: 'match'; readonly criteria: readonly Criterion[]; readonly origin: Origin }
  /** A keyword that nobody knows: an error unless `IgnoreUnknown` names it. */
  | { readonly kind: 'unknown'; readonly keyword: string; readonly problem: Problem }
  | {
      readonly kind: 'include';
      /** As written: file names with wildcards. */
      readonly patterns: readonly string[];
      readonly origin: Origin;
    };

/** A problem that stands at a setting's origin. */
export function problemAt(origin: Origin, code: string, message: string, remedy: string): Problem {
  if (origin.kind === 'file') return { code, file: origin.file, line: origin.line, message, remedy };
  const isNamed = message.startsWith(origin.place);
  const host = origin.host === undefined ? {} : { host: origin.host };
  return { code, ...host, message: isNamed ? message : `${origin.place}: ${message}`, remedy };
}

/** For messages that are about something else: `/etc/ssh/ssh_config:5`. */
export function placeOf(origin: Origin): string {
  return origin.kind === 'file' ? `${origin.file}:${origin.line}` : origin.place;
}

/** `none` in place of a file, an address, a command. */
export function isNone({ words }: Setting): boolean {
  return words.length === 1 && words[0]?.toLowerCase() === 'none';
}
