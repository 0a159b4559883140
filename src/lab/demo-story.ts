import type { Connections } from './demo-connections.ts';

/** One run of sluice. */
export type Run = {
  readonly exitCode: number;
  readonly story: RunStory;
  /** To the sshd of each gateway, while it went on. */
  readonly connections: Connections;
};

/** What the journal of a run says happened, as far as the demo has expectations of it. */
export type RunStory = {
  /** The hosts of each wave that started, in order. */
  readonly waves: readonly (readonly string[])[];
  /** Hosts whose rules were about to change. */
  readonly armed: readonly string[];
  readonly applied: readonly string[];
  readonly confirmed: readonly string[];
  readonly rolledBack: readonly { readonly host: string; readonly by: string }[];
  /** Names of the checks that passed and failed once the new rules were live, whichever the host. */
  readonly passed: readonly string[];
  readonly failed: readonly string[];
};

/** The fields of an event that matter here; `sluice apply --json` prints the same. */
type JournalEvent = {
  readonly type: string;
  readonly host?: string;
  readonly hosts?: readonly string[];
  readonly check?: string;
  readonly verdict?: string;
  readonly isBefore?: true;
  readonly by?: string;
};

/** Reads a run's events: one JSON object a line. */
export function readStory(text: string): RunStory {
  const events = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): JournalEvent => JSON.parse(line));
  const ofType = (type: string) => events.filter((event) => event.type === type);
  const hostsOf = (type: string) => ofType(type).map(({ host = '' }) => host);
  const checks = (verdict: string) =>
    ofType('check.observed')
      .filter((event) => event.verdict === verdict && event.isBefore !== true)
      .map(({ check = '' }) => check);
  return {
    waves: ofType('wave.started').map(({ hosts = [] }) => hosts),
    armed: hostsOf('host.armed'),
    applied: hostsOf('host.applied'),
    confirmed: hostsOf('host.confirmed'),
    rolledBack: ofType('host.rolledBack').map(({ host = '', by = '' }) => ({ host, by })),
    passed: checks('pass'),
    failed: checks('fail'),
  };
}
