import type { HostAdoption } from '../../adopt/adopt.ts';
import type { Adopted } from '../../adopt/model.ts';
import type { AdoptEnd } from '../operations/adopt.ts';
import { count, listHosts } from '../views/host-list.ts';

/** One line a host that answered: what is written down of it, and what isn't. */
export function formatFound(host: Exclude<HostAdoption, { kind: 'refused' }>): readonly string[] {
  const headline =
    host.kind === 'empty'
      ? 'nothing to adopt: its tables are empty, or others have them'
      : contentsOf(host.adopted);
  return [
    `${host.host} | ${host.kind === 'empty' ? 'empty' : 'ok'} => ${headline}`,
    ...host.notes.map((note) => `    ${note}`),
  ];
}

/** Which plays there are, which files, and what to type next. */
export function formatAdoption(
  { hosts, groups, written }: AdoptEnd,
  inventory: readonly string[],
): readonly string[] {
  const adopted = hosts.filter(({ kind }) => kind === 'adopted').length;
  const total = `${adopted} of ${count(hosts.length, 'gateway')} adopted`;
  const [playbook] = written;
  if (playbook === undefined) return ['', `${total}: nothing was written.`];
  const where = `${inventory.map((one) => `-i ${quoted(one)} `).join('')}${quoted(playbook)}`;
  return [
    '',
    `${total}, in ${count(groups.length, 'play')}:`,
    ...groups.map(({ id, hosts: alike }) => `    ${id}: ${listHosts(alike)}`),
    '',
    'created, each proved to render to what runs there:',
    ...written.map((file) => `    ${file}`),
    '',
    `    sluice plan ${where}     # no change`,
    `    sluice apply ${where}    # takes them under management; no rule changes`,
    '',
    'Until persist is set to true, gateways load their own rules at boot, as before: docs/adopt.md.',
  ];
}

function contentsOf({ tables, sets, sysctls }: Adopted): string {
  const ofTables = tables.map(({ family, name, chains }) => {
    const rules = chains.reduce((sum, chain) => sum + chain.rules.length, 0);
    return `${family} ${name} (${count(rules, 'rule')})`;
  });
  return [...ofTables, ...sets.map(({ name }) => `set ${name}`), ...sysctls.map((key) => `${key} 1`)].join(
    ', ',
  );
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
