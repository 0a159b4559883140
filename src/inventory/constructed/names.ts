import type { Resolved } from '../model.ts';
import { pythonText } from '../python-text.ts';
import type { KeyedGroup } from './options.ts';

/** A group's name as Ansible makes it from any text: letters, digits and `_`, no digit first. */
export function safeGroupName(name: string): string {
  return name.replace(/^[^\p{L}_]|[^\p{L}\p{N}_]/gu, '_');
}

/** Says whether a key makes groups at all; an empty one does where the keyed group has a value for it. */
export function makesGroups(key: Resolved, { defaultValue }: KeyedGroup): boolean {
  if (key === '' && defaultValue !== undefined) return true;
  if (typeof key === 'object' && key !== null) return Object.keys(key).length > 0;
  return Boolean(key);
}

/** The names of the groups that a key gives to a host; undefined where a key of that kind gives none. */
export function groupNames(
  key: Resolved,
  keyed: KeyedGroup,
  leadingSeparator: boolean,
): readonly string[] | undefined {
  const bare = bareNames(key, keyed);
  const { prefix, separator } = keyed;
  const between = prefix === '' && !leadingSeparator ? '' : separator;
  return bare?.map((name) => safeGroupName(`${prefix}${between}${name}`));
}

function bareNames(key: Resolved, keyed: KeyedGroup): readonly string[] | undefined {
  const { separator, defaultValue, trailingSeparator } = keyed;
  const orDefault = (text: string) => (text === '' ? (defaultValue ?? '') : text);
  if (typeof key === 'string') return [orDefault(key)];
  if (typeof key !== 'object' || key === null) return undefined;
  if (Array.isArray(key)) return key.map((item) => orDefault(pythonText(item)));
  return Object.entries(key).map(([name, item]) => {
    if (item !== '') return `${name}${separator}${pythonText(item)}`;
    if (defaultValue !== undefined) return `${name}${separator}${defaultValue}`;
    return trailingSeparator ? `${name}${separator}` : name;
  });
}
