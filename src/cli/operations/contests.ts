import { readRecentRuns } from '../../journal/recent.ts';
import {
  type Contest,
  contestOf,
  type Memory,
  memoryKey,
  rememberRun,
  remembersEnough,
} from '../../rollout/contested.ts';
import type { PlannedPlay } from '../../rollout/plan.ts';
import type { Job } from '../../rollout/runtime.ts';

/** Older ones are forgotten, however many hosts a run of them had. */
const MOST_RUNS = 100;

/**
 * What the journal remembers of gateways that drift again and again: as many of the earlier runs are read as need be.
 *
 * @param folder the journal, `.sluice`
 * @param afterOf a play's `contested_after`
 */
export async function loadContests(
  folder: string,
  plays: readonly Pick<PlannedPlay, 'id' | 'hosts'>[],
  afterOf: (play: string) => number,
): Promise<(job: Pick<Job, 'host' | 'play'>, rules: readonly string[]) => Contest | undefined> {
  const keys = plays.flatMap(({ id, hosts }) => hosts.map((host) => memoryKey(host, id)));
  let memory: Memory = new Map();
  let read = 0;
  const types = ['host.compared', 'host.confirmed'] as const;
  for await (const events of readRecentRuns(folder, { command: 'apply', types })) {
    memory = rememberRun(memory, events);
    read += 1;
    if (read === MOST_RUNS || remembersEnough(memory, keys)) break;
  }
  return ({ host, play }, rules) => contestOf(memory.get(memoryKey(host, play)) ?? [], rules, afterOf(play));
}
