import { distance } from 'fastest-levenshtein';
import { didYouMean } from '../inventory/suggestion.ts';
import type { IniFile } from './ini-file.ts';
import { NO_BEARING, OLD_KEYS } from './no-bearing.ts';
import { HONOURED, type Sources } from './table.ts';
import { WATCHED } from './watched.ts';

/** A key of ansible.cfg that sluice takes no notice of. */
export type IgnoredKey = {
  readonly line: number;
  readonly section: string;
  readonly key: string;
  readonly why: string;
  /** Ansible takes no notice of it either, and who wrote it may believe that it does. */
  readonly isDoubtful: boolean;
};

/** The keys of a file that have no effect, in its order, each with the reason. */
export function ignoredKeys(file: IniFile): readonly IgnoredKey[] {
  const ignored: IgnoredKey[] = [];
  for (const [section, entries] of file) {
    for (const [key, { line }] of entries) {
      const why = section === 'DEFAULT' ? undefined : reasonOf(section, key);
      if (why !== undefined) ignored.push({ line, section, key, ...why });
    }
  }
  return ignored.toSorted((a, b) => a.line - b.line);
}

const READ: readonly (readonly [string, string])[] = Object.values<Sources>({
  ...HONOURED,
  ...WATCHED,
}).flatMap(({ keys }) => keys);

function reasonOf(section: string, key: string): Pick<IgnoredKey, 'why' | 'isDoubtful'> | undefined {
  if (READ.some(([place, name]) => place === section && name === key)) return undefined;
  const known = NO_BEARING[section];
  if (known?.includes(key)) return { why: 'no bearing on what sluice does', isDoubtful: false };
  if (known === undefined) return reasonOfSection(section);
  const old = OLD_KEYS[key];
  if (old !== undefined) return { why: `Ansible no longer reads it: write ${old}`, isDoubtful: true };
  if (key.startsWith('ansible_'))
    return { why: 'a variable, which belongs into the inventory', isDoubtful: true };
  const places = READ.filter(([, name]) => name === key).map(([place]) => `[${place}]`);
  if (places.length > 0) return { why: `Ansible reads it in ${places.join(' or ')} alone`, isDoubtful: true };
  const names = READ.filter(([place]) => place === section).map(([, name]) => name);
  const hint = didYouMean(key, names).trim();
  return hint === ''
    ? { why: 'Ansible does not know it', isDoubtful: false }
    : { why: `Ansible does not know it. ${hint}`, isDoubtful: true };
}

/** A section that isn't of Ansible's core is a plugin's, unless it is one letter away from one that is. */
function reasonOfSection(section: string): Pick<IgnoredKey, 'why' | 'isDoubtful'> {
  const meant = Object.keys(NO_BEARING).find((name) => distance(name, section) === 1);
  if (meant === undefined)
    return { why: "a plugin's section, no bearing on what sluice does", isDoubtful: false };
  return { why: `Ansible does not know the section. Did you mean [${meant}]?`, isDoubtful: true };
}
