import type { Family } from '../ruleset/model.ts';
import { escapeForTemplate } from './escape.ts';
import type { AdoptedSet, Chain, Group } from './model.ts';

/** Some chains of a table, as they stand in one template. */
export type Piece = {
  readonly family: Family;
  readonly table: string;
  /** Chains that are only declared here, so that they stand in their order. */
  readonly declared: readonly Chain[];
  readonly chains: readonly Chain[];
};

/** A template of rules, table by table; in blocks of their families where a group that has it renders it for two. */
export function formatRules(pieces: readonly Piece[], groups: readonly Group[]): string {
  const families = new Set(groups.flatMap(({ tables }) => tables.map(({ family }) => family)));
  const bodies = pieces.map((piece) => {
    const text = escapeForTemplate(pieceText(piece));
    return families.size > 1 ? `{{#${piece.family}}}\n${text}{{/${piece.family}}}\n` : text;
  });
  return `${headline(groups)}${bodies.join('\n')}`;
}

/** A template of sets. */
export function formatSets(sets: readonly AdoptedSet[], groups: readonly Group[]): string {
  const lines = sets.flatMap(({ create, members }) => [create, ...members]);
  return `${headline(groups)}${escapeForTemplate(lines.map((line) => `${line}\n`).join(''))}`;
}

function pieceText({ table, declared, chains }: Piece): string {
  const heads = [
    ...chains.filter(({ policy }) => policy !== '-'),
    ...(declared.length > 0 ? declared : chains.filter(({ policy }) => policy === '-')),
  ];
  const lines = [
    `*${table}`,
    ...heads.map(({ name, policy }) => `:${name} ${policy} [0:0]`),
    ...chains.flatMap(({ rules }) => rules),
    'COMMIT',
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** Who has this: at most three by name. */
function headline(groups: readonly Group[]): string {
  const hosts = groups.flatMap((group) => group.hosts);
  const more = hosts.length > 3 ? ` and ${hosts.length - 3} more` : '';
  return `# As it was found on ${escapeForTemplate(hosts.slice(0, 3).join(', '))}${more}.\n`;
}
