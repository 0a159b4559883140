import type { Check } from '../checks/model.ts';
import type { VantageHosts } from '../checks/run.ts';
import type { GatewayScripts } from '../gateway/program.ts';
import type { Standing } from '../gateway/standing.ts';
import type { HostChange } from '../plan/change.ts';
import type { Diff } from '../plan/diff.ts';
import type { Problem } from '../problem.ts';
import type { Dialled } from '../remote.ts';
import type { Contest } from '../rollout/contested.ts';
import type { EventBody, HostRef } from '../rollout/events.ts';
import type { Job } from '../rollout/runtime.ts';
import type { DesiredState } from '../ruleset/model.ts';
import type { SeenBefore } from './seen-before.ts';
import type { Begun } from './settle-begun.ts';

/** What one host is to become: rendered anew for each attempt, so that a thousand texts need not stay in memory. */
export type HostInput = {
  readonly desired: DesiredState;
  readonly checks: readonly Check[];
  readonly confirmWithinSeconds: number;
  /** Further addresses that must let a fresh connection in, one per address family in use. */
  readonly addresses: readonly string[];
};

/** The world of the host jobs of one run. */
export type HostContext = {
  readonly scripts: GatewayScripts;
  /** user@host of the operator, shown to whoever meets the gateway's lock. */
  readonly owner: string;
  /** Replace tables and chains that sluice never wrote. */
  readonly takeOver: boolean;
  /** How long one fresh connection may take. */
  readonly connectTimeoutMs: number;
  readonly dial: (host: string) => Promise<Dialled>;
  readonly inputOf: (job: Job) => HostInput;
  /** What a host that is only looked at must pass; none where nobody can tell. */
  readonly checksOf: (play: string, host: string) => readonly Check[];
  /** Other hosts that checks look from; none where no check does. */
  readonly vantages?: VantageHosts;
  /** Its rules are others by now: what is reached through it from now on is so over new connections. */
  readonly renew: (host: string) => void;
  /** Hosts of the run that are reached through a host; none where nobody is. */
  readonly behind?: (host: string) => readonly string[];
  /** What checks saw before the change of their host. */
  readonly seenBefore: SeenBefore;
  /**
   * Why a change must not be made, although it could be: asked before a host is connected to, and again with how it stands before
   * anything there is changed. For a plan that was saved, and holds no more.
   */
  readonly objectionTo?: (job: Job, standing?: Standing) => Problem | undefined;
  /** Told what a plan found. */
  readonly planned?: (job: Job, standing: Standing, change: HostChange) => void;
  /** Whether what came and went by another hand keeps coming back, as earlier runs tell; nobody remembers where it is left out. */
  readonly contestOf?: (job: Job, rules: readonly string[]) => Contest | undefined;
  /** What became of a job that an earlier process had begun under this token; a first process has none. */
  readonly begun?: (job: Job) => Begun;
  readonly emit: (event: EventBody) => void;
  /** Names a diff by its digest; the text goes into the stream once a run. */
  readonly nameDiff: (text: string, changes: Diff) => string;
  /** Keeps a text of this attempt in the journal. */
  readonly keep: (job: Job, name: string, text: string) => void;
  /** Milliseconds of a clock that never steps. */
  readonly nowMs: () => number;
  /** Was this process away (asleep, stopped) at any time since then, by that clock? Absent: nobody looks. */
  readonly wasAwaySince?: (ms: number) => boolean;
  /** How long to wait for a gateway's lock that another holds; absent: not at all. */
  readonly lockWaitMs?: number;
  /** Was the run asked to stop? Then nobody waits for a lock any more. */
  readonly isStopped?: () => boolean;
  /** Ends early, and quietly, when the signal aborts. */
  readonly pause: (ms: number, signal?: AbortSignal) => Promise<void>;
};

/** What every event of a job's host carries. */
export function refOf({ host, play, wave, attempt }: Job): HostRef {
  return { host, play, wave, attempt };
}
