import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type JournalOptions, openJournal } from '../../src/journal/journal.ts';
import type { Event, EventBody } from '../../src/rollout/events.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A directory of a project, gone after the test. */
export function project(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-journal-'));
  folders.push(folder);
  return folder;
}

export const RUN = {
  command: 'apply',
  argv: ['apply', 'edge.yml', '--yes'],
  playbook: 'playbooks/edge.yml',
  inventories: ['inventories/prod'],
  operator: 'ada@laptop',
  version: '0.1.0',
} as const;

export const RUN_ID = '20261121T024500Z-k3f9';

export function open(over: Partial<JournalOptions> = {}) {
  return openJournal({ folder: join(project(), '.sluice'), runId: RUN_ID, run: RUN, inputs: [], ...over });
}

/** The nth event of a run. */
export function event(seq: number, body: EventBody = armed('gw-1')): Event {
  return { time: '2026-11-21T02:45:00.000Z', run: RUN_ID, seq, ...body };
}

export function armed(host: string): EventBody {
  return { type: 'host.armed', host, play: 'edge', wave: 1, attempt: 1, deadlineSeconds: 60 };
}
