import type { ByAnotherHand } from '../plan/compliance.ts';
import type { Diff } from '../plan/diff.ts';
import type { OwnReading } from '../plan/own-reading.ts';
import type { Problem } from '../problem.ts';
import type { Contest } from './contested.ts';
import type { DropsComparison } from './drops.ts';
import type { Decision } from './gate.ts';
import type { Extent } from './jobs.ts';
import type { Outcome } from './outcome.ts';
import type { Job } from './runtime.ts';

/** Every event carries these; the runtime adds them, the story never sees a clock. */
export type Stamp = {
  /** ISO 8601, UTC, milliseconds. */
  readonly time: string;
  readonly run: string;
  /** 1, 2, 3 … within the run, without gaps. */
  readonly seq: number;
};

export type Event = Stamp & EventBody;

/** What the story emits: it has no clock and counts no connections; the runtime adds both to `run.finished`. */
export type StoryEvent = Exclude<EventBody, RunFinished> | Omit<RunFinished, 'elapsedMs' | 'connections'>;

type RunFinished = Extract<EventBody, { readonly type: 'run.finished' }>;

/** The spine: what the journal keeps and what views show. One line of `--json` is one event. */
export type EventBody =
  | {
      readonly type: 'run.started';
      readonly command: 'apply' | 'plan' | 'drift' | 'rollback' | 'verify';
      readonly playbook: string;
      readonly inventories: readonly string[];
      /** user@host of the person who runs this. */
      readonly operator: string;
      readonly version: string;
      readonly forks: number;
      /** Where the journal of this run is kept. */
      readonly journal: string;
      /** Of a rollback: the run whose end it goes back to. */
      readonly to?: string;
    }
  | {
      readonly type: 'play.started';
      readonly play: string;
      readonly name: string;
      readonly hosts: readonly string[];
      readonly waves: readonly { readonly title: string; readonly hosts: readonly string[] }[];
      /** Where the play only reports. */
      readonly enforce?: false;
    }
  | {
      readonly type: 'wave.started';
      readonly play: string;
      readonly wave: number;
      readonly title: string;
      readonly hosts: readonly string[];
    }
  | (HostRef & { readonly type: 'host.started'; readonly job?: Job['kind'] })
  | (HostRef & { readonly type: 'host.connected'; readonly elapsedMs: number })
  /** How the gateway stands to the play: once an attempt of `drift`, and before a change or a plan of one. */
  | (HostRef & {
      readonly type: 'host.compared';
      readonly state: ComparedState;
      /** Of the play's last confirmed run; absent where there was none, or nobody could tell. */
      readonly last?: { readonly token: string; readonly since: string; readonly owner: string };
      readonly added: number;
      readonly removed: number;
      /** In `drift`: names the `plan.diff` of what an apply would change; absent where nothing. */
      readonly diff?: string;
      /** In `drift`: names the `plan.diff` from what was last confirmed to what is live; absent where nothing differs. */
      readonly drift?: string;
      /** Since the last confirmed run; absent where nothing came or went. */
      readonly byAnotherHand?: ByAnotherHand;
      /** The playbook says something else than what was last confirmed. */
      readonly isPlaybookNewer: boolean;
      readonly contest?: Contest;
      readonly ownReading?: OwnReading;
      readonly notes: readonly string[];
    })
  /** What would change; `diff` names a text that a `plan.diff` event of the same run carries (absent: no change). */
  | (HostRef & {
      readonly type: 'host.planned';
      readonly added: number;
      readonly removed: number;
      /** Rules that stand at another place of the same chain; journals of before there were moves have none. */
      readonly moved?: number;
      readonly diff?: string;
      readonly notes: readonly string[];
      /** Where the gateway's kernel could not be asked: why, and what stays open. */
      readonly ownReading?: OwnReading;
    })
  /** A diff, once per run however many hosts share it. `id` is a digest of the text, which is made from `changes`. */
  | {
      readonly type: 'plan.diff';
      readonly id: string;
      readonly text: string;
      readonly changes?: Diff;
    }
  | (HostRef & { readonly type: 'host.armed'; readonly deadlineSeconds: number })
  | (HostRef & { readonly type: 'host.applied'; readonly elapsedMs: number })
  | (HostRef & {
      readonly type: 'check.observed';
      readonly check: string;
      readonly from: string;
      readonly verdict: 'pass' | 'fail' | 'unknown';
      readonly tried: string;
      readonly expected: string;
      readonly seen: string;
      readonly tries: number;
      readonly elapsedMs: number;
      /** Before the change: what fails then fails already. */
      readonly isBefore?: true;
      /** It failed before the change, too, and says that it has no say then. */
      readonly isIgnored?: true;
      /** It could not be made at all: the vantage host was out of reach, or had no tool. */
      readonly obstacle?: 'vantage' | 'tool';
    })
  | (HostRef & { readonly type: 'host.confirmed' })
  /** The gateway took its change back; `by` says who acted: the runner at our request or at its deadline, or the guard. */
  | (HostRef & { readonly type: 'host.rolledBack'; readonly by: string; readonly reason: string })
  /** The end of a host's attempt, in the words of its outcome; journals of before it was told have no `job`. */
  | (HostRef & { readonly type: 'host.finished'; readonly outcome: Outcome; readonly job?: Job['kind'] })
  | {
      readonly type: 'gate.decided';
      readonly play: string;
      readonly wave: number;
      readonly decision: Decision;
      readonly arithmetic: string;
    }
  /** A wave that went through is watched for a while; `hosts` are those that it changed. */
  | {
      readonly type: 'wave.baking';
      readonly play: string;
      readonly wave: number;
      readonly hosts: readonly string[];
      readonly seconds: number;
      readonly everySeconds: number;
    }
  /** Anything but `proceed` takes the wave back, although it was confirmed. */
  | {
      readonly type: 'wave.baked';
      readonly play: string;
      readonly wave: number;
      readonly decision: Exclude<Decision, 'halt'>;
      readonly arithmetic: string;
    }
  /** A look at a host that changes nothing: `attempt` counts the looks of a wave's bake. */
  | (HostRef & { readonly type: 'host.verified'; readonly outcome: Outcome })
  /** What the rules of a host drop: `attempt` is 1 before the wave, 2 after it. */
  | (HostRef & { readonly type: 'host.measured'; readonly outcome: Outcome })
  | (DropsComparison & {
      readonly type: 'drops.compared';
      readonly host: string;
      readonly play: string;
      readonly wave: number;
    })
  /** Confirmed changes go back: of a wave, or wave by wave of the whole run, the newest first. */
  | {
      readonly type: 'rollback.started';
      readonly play: string;
      readonly wave: number;
      readonly hosts: readonly string[];
      readonly extent: Extent;
      readonly why: string;
    }
  /** A person has to say whether the run goes on; `name` is what an answer is given to. */
  | {
      readonly type: 'approval.asked';
      readonly name: string;
      readonly play: string;
      readonly wave: number;
      readonly after: 'check' | 'canary' | 'wave';
    }
  | {
      readonly type: 'approval.given';
      readonly name: string;
      readonly answer: 'approve' | 'abort';
      /** user@host of who answered. */
      readonly by: string;
    }
  /** A wait of the story, by its end: a run that is taken up again waits for what is left of it. */
  | { readonly type: 'sleep.started'; readonly name: string; readonly until: string }
  /** A run that had stopped, or whose process had died, goes on. */
  | {
      readonly type: 'run.resumed';
      readonly operator: string;
      readonly version: string;
    }
  /** Known mistakes in the rules that the plays would give, each line of a template once a run; no run stops for them. */
  | { readonly type: 'lint.found'; readonly findings: readonly LintedLine[] }
  | { readonly type: 'interrupt.received'; readonly signal: string; readonly inFlight: number }
  | { readonly type: 'warning'; readonly problem: Problem }
  | {
      readonly type: 'run.finished';
      readonly exitCode: number;
      readonly halted: boolean;
      /** Where it waits for a person: what must be approved. */
      readonly waiting?: string;
      /** Per host, in the order of the inventory. */
      readonly recap: readonly RecapRow[];
      readonly elapsedMs: number;
      /** SSH logins of the whole run. */
      readonly connections: number;
    };

/** A mistake in a line of a template. */
export type LintedLine = {
  /** `N1`; docs/lint.md has a section for each. */
  readonly id: string;
  readonly severity: 'error' | 'warning' | 'info';
  readonly file: string;
  readonly line: number;
  readonly message: string;
  readonly fix: string;
  /** How many hosts would get it, and the first of them. */
  readonly hosts: number;
  readonly host?: string;
  /** The operator's own access is at stake. */
  readonly cutsAccess?: true;
};

/** `in_transaction`: its lock is held, so it may be changing at this moment; `unknown`: it could not be asked. */
export type ComparedState =
  | 'in_compliance'
  | 'drifted'
  | 'never_managed'
  | 'in_transaction'
  | 'unreachable'
  | 'unknown';

/** `wave` counts from 1; a canary is wave 1, a comparison before it wave 0. `attempt` counts from 1. */
export type HostRef = {
  readonly host: string;
  readonly play: string;
  readonly wave: number;
  readonly attempt: number;
};

export type RecapRow = {
  readonly host: string;
  readonly ok: number;
  readonly changed: number;
  readonly unreachable: number;
  readonly failed: number;
  readonly rolledBack: number;
  readonly notStarted: number;
};
