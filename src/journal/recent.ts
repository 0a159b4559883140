import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Event } from '../rollout/events.ts';
import { listRuns } from './read.ts';

/** Which events of which runs are wanted. */
export type Wanted = { readonly command: string; readonly types: readonly Event['type'][] };

/**
 * The runs of a command, the newest first, each as its events of some types: read one after the other, as far as the reader
 * goes. Lines of other types are not even parsed. What can't be read is passed over: a damaged journal keeps no run from
 * starting.
 */
export async function* readRecentRuns(folder: string, wanted: Wanted): AsyncGenerator<readonly Event[]> {
  const runs = await listRuns(folder).catch(() => []);
  for (const run of runs.toReversed()) {
    const record = await readFile(join(run, 'run.json'), 'utf8').catch(() => '');
    if (commandOf(record) !== wanted.command) continue;
    const text = await readFile(join(run, 'events.jsonl'), 'utf8').catch(() => '');
    yield text.split('\n').flatMap((line) => eventOf(line, wanted.types));
  }
}

function commandOf(record: string): unknown {
  const parsed = parse(record);
  return parsed === undefined ? undefined : (parsed as { readonly command?: unknown }).command;
}

function eventOf(line: string, types: readonly Event['type'][]): readonly Event[] {
  if (!types.some((type) => line.includes(`"type":"${type}"`))) return [];
  const event = parse(line) as Event | undefined;
  return event !== undefined && types.includes(event.type) ? [event] : [];
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
