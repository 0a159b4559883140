import type { Problem } from '../problem.ts';
import type { IniEntry, IniFile } from './ini-file.ts';
import { HONOURED, type Sources } from './table.ts';
import { type ExpandPath, parseValue, type SettingValue, type ValueOf } from './values.ts';
import { WATCHED, type WatchedSource } from './watched.ts';

/** Where a value was set. */
export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'environment'; readonly name: string }
  | { readonly kind: 'file'; readonly file: string; readonly line: number };

/** A setting as it was read; without a value where nobody set it. */
export type Setting<T> = { readonly value: T | undefined; readonly origin: Origin };

/** What ansible.cfg and the environment say, as far as sluice does it. */
export type Settings = {
  readonly [Name in keyof typeof HONOURED]: Setting<ValueOf<(typeof HONOURED)[Name]['kind']>>;
};

export type SettingsSources = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The ansible.cfg that counts, as it is shown, and what it holds. */
  readonly file?: { readonly name: string; readonly content: IniFile };
  readonly expand: { readonly fromFile: ExpandPath; readonly fromEnvironment: ExpandPath };
};

export type SettledSettings = {
  readonly settings: Settings;
  /** Those of WATCHED that are set to something else than what sluice does. */
  readonly watched: ReadonlyMap<string, Setting<SettingValue>>;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
};

/** Works out every setting: the environment counts before the file, and the default where neither says anything. */
export function settleSettings(sources: SettingsSources): SettledSettings {
  const problems: Problem[] = [];
  const settings = Object.fromEntries(
    Object.entries<Sources>(HONOURED).map(([name, one]) => [name, settle(one, sources, problems)]),
  ) as Settings;
  const watched = new Map<string, Setting<SettingValue>>();
  const warnings: Problem[] = [];
  for (const [name, one] of Object.entries(WATCHED)) {
    const setting = settle(one, sources, problems);
    if (isHarmless(one, setting.value)) continue;
    watched.set(name, setting);
    const problem = {
      code: 'unsupported-setting',
      ...placeOf(setting.origin),
      message: `${wordsOf(snakeCase(name), setting.origin)} ${shownValue(setting.value)} is not supported`,
      remedy: one.remedy,
    };
    if (one.verdict === 'refuse') problems.push(problem);
    else warnings.push(problem);
  }
  return { settings, watched, problems, warnings };
}

/** A setting as ansible.cfg names it. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `ansible.cfg:3`, a variable of the environment, or `default`. */
export function formatOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'default':
      return 'default';
    case 'environment':
      return origin.name;
    case 'file':
      return `${origin.file}:${origin.line}`;
  }
}

function settle(one: Sources, sources: SettingsSources, problems: Problem[]): Setting<SettingValue> {
  const written = find(one, sources);
  if (written === undefined) return { value: undefined, origin: { kind: 'default' } };
  const { text, origin, name } = written;
  const { fromFile, fromEnvironment } = sources.expand;
  const parsed = parseValue(one.kind, text, origin.kind === 'file' ? fromFile : fromEnvironment);
  if ('value' in parsed)
    return parsed.value === undefined
      ? { value: undefined, origin: { kind: 'default' } }
      : { value: parsed.value, origin };
  problems.push({
    code: 'invalid-setting',
    ...placeOf(origin),
    message: `${wordsOf(name, origin)} ${JSON.stringify(text)}: ${parsed.fault}`,
    remedy: origin.kind === 'file' ? 'Correct it, or take the line out.' : 'Correct it, or unset it.',
  });
  return { value: undefined, origin };
}

type Written = { readonly text: string; readonly origin: Origin; readonly name: string };

function find(one: Sources, { env, file }: SettingsSources): Written | undefined {
  const name = one.env.findLast((each) => env[each] !== undefined && !isUnset(each, env[each]));
  if (name !== undefined) return { text: env[name] ?? '', origin: { kind: 'environment', name }, name };
  if (file === undefined) return undefined;
  for (const [section, key] of one.keys.toReversed()) {
    const entry = entryOf(file.content, section, key);
    if (entry === undefined) continue;
    return { text: entry.value, origin: { kind: 'file', file: file.name, line: entry.line }, name: key };
  }
  return undefined;
}

/** A variable of our own that is empty is one that nobody set. */
function isUnset(name: string, value: string | undefined): boolean {
  return name.startsWith('SLUICE_') && value === '';
}

/** Every section has what [DEFAULT] has. */
function entryOf(content: IniFile, section: string, key: string): IniEntry | undefined {
  const entries = content.get(section);
  return entries && (entries.get(key) ?? content.get('DEFAULT')?.get(key));
}

function isHarmless({ harmless }: WatchedSource, value: SettingValue | undefined): boolean {
  if (value === undefined || value === '') return true;
  const words = Array.isArray(value) ? value : String(value).split(/\s+/);
  return words.every((word) => harmless.includes(word) || harmless.includes(word.toLowerCase()));
}

function placeOf(origin: Origin): Pick<Problem, 'file' | 'line'> {
  return origin.kind === 'file' ? { file: origin.file, line: origin.line } : {};
}

/** The place of a file stands before the message. */
function wordsOf(name: string, origin: Origin): string {
  return `${origin.kind === 'environment' ? origin.name : name} =`;
}

function shownValue(value: SettingValue | undefined): string {
  return JSON.stringify(Array.isArray(value) ? value.join(', ') : value);
}
