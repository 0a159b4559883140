import { stringify } from 'yaml';
import type { Group, GroupFiles } from './model.ts';

/**
 * The playbook of an adoption: a play a group.
 *
 * @param folder of the templates, below `templates/`
 */
export function formatPlaybook(groups: readonly GroupFiles[], folder: string): string {
  return `${HEAD}${groups.map((one) => formatPlay(one, folder)).join('\n')}`;
}

const HEAD = `# Written by sluice adopt: what these gateways had when it looked, one play for those that are alike. The files are yours from here on;
# ids may be changed until the first apply, then they name what a play owns.
`;

function formatPlay({ group, rules, sets }: GroupFiles, folder: string): string {
  const { id, hosts, keep, sysctls } = group;
  const play = [
    `- id: ${scalar(id)}`,
    ...(hosts.length > 1 ? [`  name: ${scalar(nameOf(group))}`] : []),
    '  hosts:',
    ...hosts.map((host) => `    - ${scalar(host)}`),
    `  families: [${familiesOf(group).join(', ')}]`,
    '  rules:',
    ...rules.map((name) => `    - template: ${scalar(`${folder}/${name}`)}`),
    ...(sets.length > 0 ? ['  ipsets:'] : []),
    ...sets.flatMap(({ name, keepsMembers }) => [
      `    - template: ${scalar(`${folder}/${name}`)}`,
      ...(keepsMembers ? ['      keep_members: true'] : []),
    ]),
    ...(sysctls.length > 0 ? [`  sysctls: { ${sysctls.map((key) => `${key}: 1`).join(', ')} }`] : []),
    ...(keep.length > 0 ? [`  keep: [${keep.map((glob) => JSON.stringify(glob)).join(', ')}]`] : []),
    '  persist: false   # the gateways load their own rules at boot, as before; true: sluice loads what it confirmed',
  ];
  return play.map((line) => `${line}\n`).join('');
}

function familiesOf({ tables }: Group): readonly string[] {
  const found = new Set(tables.map(({ family }) => family));
  return (['ipv4', 'ipv6'] as const).filter((family) => found.has(family));
}

function nameOf({ id, hosts: [first, ...more] }: Group): string {
  return id.startsWith('like-') ? `${first} and ${more.length} like it` : id;
}

/** One line of YAML, quoted where it must be. */
function scalar(text: string): string {
  return stringify(text, { lineWidth: 0 }).trimEnd();
}
