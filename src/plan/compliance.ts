import { diffRulesets } from '../ruleset/diff.ts';
import { diffSets, diffSysctls, setsIn } from '../ruleset/diff-sets.ts';
import { type Comparison, type HostChange, planChange } from './change.ts';

/** What came and went on a gateway since the play's last confirmed run, by another hand than sluice's. */
export type ByAnotherHand = {
  /** Lines that only the live state has, each with its table, set or `sysctls`: `ipv4 filter: -A INPUT …`; the first of them. */
  readonly came: readonly string[];
  /** Lines that only the confirmed state has, likewise. */
  readonly went: readonly string[];
  /** How many there are in all. */
  readonly lines: number;
};

/** How one gateway stands to one play. */
export type Compliance = {
  readonly state: 'in_compliance' | 'drifted' | 'never_managed';
  /** Lines that an apply would add and remove. */
  readonly added: number;
  readonly removed: number;
  /** What an apply would change; empty when nothing. */
  readonly diff: string;
  /** What came and went by another hand, as a unified diff from the confirmed to the live state; empty when nothing did. */
  readonly drift: string;
  readonly byAnotherHand: ByAnotherHand;
  /** The playbook, or what it is rendered from, says something else than what was confirmed. */
  readonly isPlaybookNewer: boolean;
  readonly notes: readonly string[];
};

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
  // Looking takes nothing over: what an apply would refuse is shown, and said.
  const planned = planChange({ ...question, takeOver: true });
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
    drift: since.text,
    byAnotherHand: since.hand,
    isPlaybookNewer: isManaged && isNewer(question),
    notes: [
      ...notes.filter((note) => !note.startsWith('--take-over')),
      ...(refused.kind === 'refused' ? [`apply would refuse: ${refused.problem.message}`] : []),
    ],
  };
}

const NOTHING = { text: '', hand: { came: [], went: [], lines: 0 } } as const;

function changeOf(planned: HostChange): Pick<Compliance, 'added' | 'removed' | 'diff'> {
  if (planned.kind !== 'change') return { added: 0, removed: 0, diff: '' };
  const { added, removed, diff } = planned;
  return { added, removed, diff };
}

/** From the confirmed to the live state, of what the play owned when it was confirmed. */
function sinceConfirmed({ play, standing, keptSets }: ComplianceQuestion) {
  const { families, owners, sets, sysctls } = standing;
  const ofRules = families.map(({ family, live, confirmed = '' }) => {
    const owned = owners.filter((owner) => owner.play === play && owner.family === family);
    return diffRulesets(
      confirmed,
      live,
      owned.map(({ table }) => table),
      family,
    );
  });
  const ours = comparableSets(sets, new Set(keptSets));
  const known = keysIn(sysctls.live);
  const confirmedSysctls = linesOf(sysctls.confirmed).filter((line) => known.has(keyOf(line)));
  const told = keysIn(sysctls.confirmed ?? '');
  const liveSysctls = linesOf(sysctls.live).filter((line) => told.has(keyOf(line)));
  const diffs = [
    ...ofRules,
    diffSets(ours.confirmed, ours.live),
    diffSysctls(textOf(confirmedSysctls), textOf(liveSysctls)),
  ];
  const text = diffs
    .map(({ unified }) => unified)
    .join('')
    .replace(/^--- before: (.*)\n\+\+\+ after: /gm, '--- confirmed: $1\n+++ live: ');
  const lines = diffs.reduce((sum, { added, removed }) => sum + added + removed, 0);
  return { text, hand: { ...readDiff(text), lines } };
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
  const rules = families.some(({ confirmed = '', canonical }) => {
    const tables = [...confirmed.matchAll(/^\*(\w+)$/gm), ...canonical.matchAll(/^\*(\w+)$/gm)];
    return (
      diffRulesets(confirmed, canonical, [...new Set(tables.map(([, table = '']) => table))]).unified !== ''
    );
  });
  return (
    rules ||
    diffSets(lasting(sets.confirmed), lasting(sets.canonical)).unified !== '' ||
    diffSysctls(sysctls.confirmed ?? '', sysctls.canonical).unified !== ''
  );
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
