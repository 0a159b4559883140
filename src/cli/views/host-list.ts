/**
 * Names hosts in one line, runs folded as in an Ansible inventory: `gw[01:50], fw1 (51 hosts)`. Beyond `most` entries the
 * middle is left out: `a, b, c … z (40 hosts)`. The number is left away for a single host.
 */
export function listHosts(hosts: readonly string[], most = 6): string {
  const entries = foldHosts(hosts);
  const last = entries.at(-1);
  if (last === undefined) return 'no hosts';
  const shown =
    entries.length <= most ? entries.join(', ') : `${entries.slice(0, most - 1).join(', ')} … ${last}`;
  return hosts.length === 1 ? shown : `${shown} (${count(hosts.length, 'host')})`;
}

/** `1 host`, `2 hosts`, `3 tries`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** Sorts host names by their numbers and folds three or more consecutive ones: `gw[1:3]`; zero-padded ones keep their width. */
export function foldHosts(hosts: readonly string[]): readonly string[] {
  const entries: string[] = [];
  let run: Run | undefined;
  for (const host of [...hosts].sort(BY_NUMBER.compare)) {
    const longer = run === undefined ? undefined : extend(run, host);
    if (run !== undefined && longer === undefined) entries.push(...formatRun(run));
    run = longer ?? { members: [host] };
  }
  return run === undefined ? entries : [...entries, ...formatRun(run)];
}

const BY_NUMBER = new Intl.Collator('en', { numeric: true });

/** Consecutive names; `at` is the part, of those that `partsOf` makes, which counts up (from the second member on). */
type Run = { readonly members: readonly string[]; readonly at?: number };

function extend(run: Run, host: string): Run | undefined {
  const last = run.members.at(-1);
  if (last === undefined) return undefined;
  const at = stepBetween(partsOf(last), partsOf(host));
  if (at === undefined || (run.at !== undefined && run.at !== at)) return undefined;
  return { members: [...run.members, host], at };
}

/** Where two names differ, when they differ in one number alone, by one. */
function stepBetween(before: readonly string[], after: readonly string[]): number | undefined {
  if (before.length !== after.length) return undefined;
  const differing = before.flatMap((part, at) => (part === after[at] ? [] : [at]));
  const [at] = differing;
  if (at === undefined || differing.length > 1) return undefined;
  return isNext(before[at] ?? '', after[at] ?? '') ? at : undefined;
}

function isNext(before: string, after: string): boolean {
  if (!/^\d{1,9}$/.test(before) || !/^\d{1,9}$/.test(after) || Number(after) !== Number(before) + 1)
    return false;
  const isPadded = (before.startsWith('0') && before !== '0') || after.startsWith('0');
  return before.length === after.length || !isPadded;
}

function formatRun({ members, at }: Run): readonly string[] {
  const parts = partsOf(members[0] ?? '');
  const last = partsOf(members.at(-1) ?? '');
  if (members.length < 3 || at === undefined) return members;
  return [parts.map((part, i) => (i === at ? `[${part}:${last[at]}]` : part)).join('')];
}

function partsOf(name: string): readonly string[] {
  return name.split(/(\d+)/);
}
