import { didYouMean } from '../inventory/suggestion.ts';
import type { Problem } from '../problem.ts';
import type { DesiredSet, Family } from '../ruleset/model.ts';
import { FaultError, faultAt } from './fault.ts';
import { type Place, placeName, problemAt, sourceOf } from './origin.ts';
import { checkElement } from './set-element.ts';
import type { AddLine, CreateLine } from './set-lines.ts';

/** A fragment of `ipsets:`, rendered for one family and parsed. */
export type RenderedSets = {
  readonly keepsMembers: boolean;
  readonly creates: readonly CreateLine[];
  readonly adds: readonly AddLine[];
};

/** A set that some fragment creates, and its members so far. */
type OpenSet = {
  readonly create: CreateLine;
  readonly from: RenderedSets;
  /** By element; the same element with other options is a conflict. */
  readonly members: Map<string, { readonly text: string; readonly place: string }>;
};

/**
 * Merges fragments into sets. What two fragments, or the two families of one, say alike counts once; what they say differently of
 * one thing is a problem. Lists of sets stand last, after the sets that they hold.
 */
export function mergeSets(fragments: readonly RenderedSets[]): {
  readonly sets: readonly DesiredSet[];
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const attempt = (place: Place, step: () => void) => {
    try {
      step();
    } catch (error) {
      problems.push(problemAt(place, faultAt(place.line, error)));
    }
  };
  const sets = new Map<string, OpenSet>();
  for (const from of fragments)
    for (const create of from.creates) attempt(create, () => open(sets, create, from));
  for (const { adds } of fragments) for (const add of adds) attempt(add, () => addTo(sets, add));
  for (const { create, members } of sets.values()) attempt(create, () => checkSize(create, members.size));
  const all = [...sets.values()];
  const isList = (set: OpenSet) => set.create.type.name === 'list:set';
  return { sets: [...all.filter((set) => !isList(set)), ...all.filter(isList)].map(closed), problems };
}

function open(sets: Map<string, OpenSet>, create: CreateLine, from: RenderedSets): void {
  const first = sets.get(create.name);
  if (first === undefined) {
    sets.set(create.name, { create, from, members: new Map() });
    return;
  }
  const place = placeName(first.create);
  if (first.create.text !== create.text) {
    const remedy = 'Create it in one place, or in the same words.';
    throw new FaultError('set-conflict', `${create.name} is created in other words in ${place}`, remedy);
  }
  if (first.from.keepsMembers === from.keepsMembers) return;
  const remedy = 'Say keep_members for all templates that create it, or for none.';
  throw new FaultError(
    'set-conflict',
    `${create.name} is created both with keep_members and without, see ${place}`,
    remedy,
  );
}

function addTo(sets: ReadonlyMap<string, OpenSet>, add: AddLine): void {
  const set = sets.get(add.name);
  if (set === undefined) {
    const remedy = `${didYouMean(add.name, [...sets.keys()])}Create it in a template of the play: "create ${add.name} hash:ip".`;
    throw new FaultError('unknown-set', `no template of this play creates the set ${add.name}`, remedy);
  }
  const { type } = set.create;
  checkElement(add.element, type, familyOfSet(set.create), add.name);
  if (type.name === 'list:set') checkListed(sets, add);
  checkOptions(set.create, add);
  const key = add.element.toLowerCase().replace(/\/(32|128)$/, '');
  const place = placeName(add);
  const first = set.members.get(key) ?? { text: add.text, place };
  set.members.set(key, first);
  if (saidOf(first.text) === saidOf(add.text)) return;
  const remedy = 'A set holds each member once: keep one of the two.';
  throw new FaultError(
    'set-conflict',
    `${add.element} is added to ${add.name} with other options in ${first.place}`,
    remedy,
  );
}

/** The options of an add line. */
function saidOf(text: string): string {
  return text.split(' ').slice(3).join(' ');
}

function familyOfSet({ options }: CreateLine): Family {
  return options.get('family') === 'inet6' ? 'ipv6' : 'ipv4';
}

function checkListed(sets: ReadonlyMap<string, OpenSet>, { name, element }: AddLine): void {
  const listed = sets.get(element);
  if (listed === undefined) {
    const remedy = `${didYouMean(element, [...sets.keys()])}A list holds sets of the same play: create ${element} in one of its templates.`;
    throw new FaultError(
      'unknown-set',
      `the list ${name} names the set ${element}, which this play doesn't create`,
      remedy,
    );
  }
  if (listed.create.type.name !== 'list:set') return;
  throw new FaultError(
    'set-member',
    `the list ${name} can't hold ${element}, which is a list itself`,
    'Name the sets themselves.',
  );
}

/** What an option of a member asks of its set. */
const NEEDS: ReadonlyMap<string, string> = new Map([
  ['timeout', 'timeout'],
  ['packets', 'counters'],
  ['bytes', 'counters'],
  ['comment', 'comment'],
  ['skbmark', 'skbinfo'],
  ['skbprio', 'skbinfo'],
  ['skbqueue', 'skbinfo'],
]);

function checkOptions({ name, type, options }: CreateLine, add: AddLine): void {
  for (const option of add.options.keys()) {
    const needed = NEEDS.get(option);
    if (needed !== undefined && !options.has(needed)) {
      const shown = needed === 'timeout' ? 'timeout 0' : needed;
      throw new FaultError(
        'set-option',
        `${name} is created without ${needed}, so its members have no ${option}`,
        `Write "${shown}" where the set is created.`,
      );
    }
    const part = option === 'nomatch' ? 'net' : option === 'wildcard' ? 'iface' : undefined;
    if (part !== undefined && !type.parts.includes(part))
      throw new FaultError(
        'set-option',
        `members of ${name}, a ${type.name}, have no ${option}`,
        `Only types with "${part}" know it.`,
      );
  }
}

/** 65536 members are what a hash holds unless it is told otherwise; a network or a range may be many. */
function checkSize({ name, type, options }: CreateLine, size: number): void {
  if (!type.createOptions.includes('maxelem')) return;
  const most = Number(options.get('maxelem') ?? 65536);
  if (size <= most) return;
  throw new FaultError(
    'set-size',
    `${name} would have ${size} members and holds at most ${most}`,
    `Write "maxelem ${2 ** Math.ceil(Math.log2(size))}" after its type.`,
  );
}

function closed({ create, from, members }: OpenSet): DesiredSet {
  return {
    name: create.name,
    create: create.text,
    members: [...members.values()].map(({ text }) => text),
    keepsMembers: from.keepsMembers,
    source: sourceOf(create),
  };
}
