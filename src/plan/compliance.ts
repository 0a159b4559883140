import { diffRulesets } from '../ruleset/diff.ts';
import { diffSets, diffSysctls, setsIn } from '../ruleset/diff-sets.ts';
import { type Comparison, type HostChange, planChange } from './change.ts';
import { countDiff, type Diff } from './diff.ts';
import { formatDiff } from './format-diff.ts';

/** What came and went on a gateway since the play's last confirmed run, by another hand than sluice's. */
export type ByAnotherHand = {
  /** Lines that only the live state has, each with its table, set or `sysctls`: `ipv4 filter: -A INPUT …`; the first of them. */
  readonly came: readonly string[];
  /** Lines that only the confirmed state has, likewise. */
  readonly went: readonly string[];
  /** Rules that stand elsewhere in their chain, likewise. */
  readonly moved: readonly string[];
  /** How many there are in all. */
  readonly lines: number;
};

/** How one gateway stands to one play. */
export type Compliance = {
  readonly state: 'in_compliance' | 'drifted' | 'never_managed';
  /** Lines that an apply would add and remove. */
  readonly added: number;
  readonly removed: number;
  /** What an apply would change; undefined when nothing. */
  readonly diff: ToldDiff | undefined;
  /** What came and went by another hand, from the confirmed to the live state; undefined when nothing did. */
  readonly drift: ToldDiff | undefined;
  readonly byAnotherHand: ByAnotherHand;
  /** The playbook, or what it is rendered from, says something else than what was confirmed. */
  readonly isPlaybookNewer: boolean;
  readonly notes: readonly string[];
};

/** A difference, and how it is shown. */
export type ToldDiff = { readonly text: string; readonly changes: Diff };

/** A comparison that also knows what the play's last confirmed transaction left. */
export type ComplianceQuestion = Omit<Comparison, 'takeOver' | 'standing'> & {
  readonly standing: Comparison['standing'] & {
    readonly sets: { readonly confirmed?: string };
    readonly sysctls: { readonly confirmed?: string };
    /** Undefined where the play was never applied. */
    readonly last?: object;
  };
  /** Sets of the play whose members others may add to. */
  readonly keptSets: readonly string[];
  /** What an apply makes of it, where that was asked before. */
  readonly planned?: HostChange;
};

/** An event is no place for thousands of lines: the diff has them. */
const SHOWN_LINES = 20;

/**
 * Does the gateway hold what the play says; and, where the play was applied before, what came or went since by another hand?
 *
 * The second question compares the live state with what was confirmed, and so knows nothing of the playbook: what that says
 * differently by now is no drift by another hand.
 */
export function compareWithPlay(question: ComplianceQuestion): Compliance {
  const { standing } = question;
  // Looking takes nothing over: what an apply would refuse is shown, and said. What it doesn't refuse is the same either way.
  const planned =
    question.planned === undefined || question.planned.kind === 'refused'
      ? planChange({ ...question, takeOver: true })
      : question.planned;
  const notes = planned.kind === 'refused' ? [] : planned.notes;
  const isTakeOver = notes.some((note) => note.startsWith('--take-over'));
  const refused = isTakeOver ? planChange({ ...question, takeOver: false }) : planned;
  const change = changeOf(planned);
  const isManaged = standing.last !== undefined;
  const since = isManaged ? sinceConfirmed(question) : NOTHING;
  const differs = planned.kind !== 'unchanged';
  const state = differs ? (isManaged ? 'drifted' : 'never_managed') : 'in_compliance';
  return {
    state,
    ...change,
    drift: since.drift,
    byAnotherHand: since.hand,
    isPlaybookNewer: isManaged && isNewer(question),
    notes: [
      ...notes.filter((note) => !note.startsWith('--take-over')),
      ...(refused.kind === 'refused' ? [`apply would refuse: ${refused.problem.message}`] : []),
    ],
  };
}

const NOTHING = { drift: undefined, hand: { came: [], went: [], moved: [], lines: 0 } } as const;

function changeOf(planned: HostChange): Pick<Compliance, 'added' | 'removed' | 'diff'> {
  if (planned.kind !== 'change') return { added: 0, removed: 0, diff: undefined };
  const { added, removed, diff, changes } = planned;
  return { added, removed, diff: { text: diff, changes } };
}

/** From the confirmed to the live state, of what the play owned when it was confirmed. */
function sinceConfirmed({ play, standing, keptSets }: ComplianceQuestion) {
  const { families, owners, sets, sysctls } = standing;
  const ofRules = families.flatMap(({ family, live, confirmed = '' }) => {
    const owned = owners.filter((owner) => owner.play === play && owner.family === family);
    const tables = new Set(owned.map(({ table }) => table));
    return diffRulesets({ family, before: confirmed, after: live }).filter(({ table }) => tables.has(table));
  });
  const ours = comparableSets(sets, new Set(keptSets));
  const known = keysIn(sysctls.live);
  const confirmedSysctls = linesOf(sysctls.confirmed).filter((line) => known.has(keyOf(line)));
  const told = keysIn(sysctls.confirmed ?? '');
  const liveSysctls = linesOf(sysctls.live).filter((line) => told.has(keyOf(line)));
  const changes: Diff = {
    tables: ofRules,
    sets: diffSets(ours.confirmed, ours.live),
    sysctls: diffSysctls(textOf(confirmedSysctls), textOf(liveSysctls)),
  };
  const text = formatDiff(changes).replace(
    /^--- before: (.*)\n\+\+\+ after: /gm,
    '--- confirmed: $1\n+++ live: ',
  );
  if (text === '') return NOTHING;
  const { added, removed, moved } = countDiff(changes);
  const hand = { ...readDiff(text), moved: movedIn(changes), lines: added + removed + moved };
  return { drift: { text, changes }, hand };
}

/**
 * Only the sets that were confirmed; of those that keep their members, only the members that the play itself wants: others may
 * come and go as they like.
 */
function comparableSets(
  { live, canonical, confirmed = '' }: ComplianceQuestion['standing']['sets'],
  kept: ReadonlySet<string>,
): { readonly confirmed: string; readonly live: string } {
  const names = new Set(setsIn(confirmed).keys());
  const wanted = new Set(linesOf(canonical));
  const before = new Set(linesOf(confirmed));
  const isKeptMember = (line: string) => line.startsWith('add ') && kept.has(setOf(line));
  return {
    confirmed: textOf(linesOf(confirmed).filter((line) => !isKeptMember(line) || wanted.has(line))),
    live: textOf(
      linesOf(live).filter((line) => names.has(setOf(line)) && (!isKeptMember(line) || before.has(line))),
    ),
  };
}

function isNewer({ standing, keptSets }: ComplianceQuestion): boolean {
  const { families, sets, sysctls, resets } = standing;
  if (resets.length > 0) return true;
  // What others add to a set that keeps its members says nothing of the playbook.
  const lasting = (text: string | undefined) =>
    textOf(linesOf(text).filter((line) => !line.startsWith('add ') || !keptSets.includes(setOf(line))));
  const rules = families.flatMap(({ family, confirmed = '', canonical }) =>
    diffRulesets({ family, before: confirmed, after: canonical }),
  );
  const others = [
    ...diffSets(lasting(sets.confirmed), lasting(sets.canonical)),
    ...diffSysctls(sysctls.confirmed ?? '', sysctls.canonical),
  ];
  return rules.length + others.length > 0;
}

/** The lines of a unified diff that came and went, each after the title of its part. */
function readDiff(text: string): Pick<ByAnotherHand, 'came' | 'went'> {
  const [came, went]: [string[], string[]] = [[], []];
  let title = '';
  for (const line of linesOf(text)) {
    const header = /^(?:--- confirmed|\+\+\+ live): (.*)$/.exec(line);
    if (header !== null) title = header[1] ?? '';
    else if (line.startsWith('+')) came.push(`${title}: ${plain(line.slice(1))}`);
    else if (line.startsWith('-')) went.push(`${title}: ${plain(line.slice(1))}`);
  }
  return { came: came.slice(0, SHOWN_LINES), went: went.slice(0, SHOWN_LINES) };
}

function movedIn({ tables }: Diff): readonly string[] {
  const moved = tables.flatMap(({ family, table, chains }) =>
    chains
      .flatMap(({ hunks }) => hunks.flatMap(({ rules }) => rules))
      .filter(({ kind }) => kind === 'moved_here')
      .map(({ rule }) => `${family} ${table}: ${rule}`),
  );
  return moved.slice(0, SHOWN_LINES);
}

/** Without the counters of a chain. */
function plain(line: string): string {
  return line.replace(/^(:\S+ \S+) \[0:0\]$/, '$1');
}

function linesOf(text: string | undefined): readonly string[] {
  return (text ?? '').split('\n').filter((line) => line !== '');
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function setOf(line: string): string {
  return line.split(' ', 2)[1] ?? '';
}

function keyOf(line: string): string {
  return line.split(' = ', 1)[0] ?? '';
}

function keysIn(text: string): ReadonlySet<string> {
  return new Set(linesOf(text).map(keyOf));
}
