import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listHistory } from '../../../src/cli/operations/history.ts';
import { LAYOUT } from '../../../src/journal/model.ts';

const RUNS = 1_000;
const GATEWAYS = 20;

/** Every quarter of an hour, of one of two playbooks in turn. */
const idOf = (number: number) =>
  `${new Date(Date.UTC(2026, 0, 1) + number * 900_000).toISOString().replace(/[-:]|\.\d+/g, '')}-${number.toString(16).padStart(8, '0')}`;

describe('a journal of a thousand runs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-history-'));
  beforeAll(() => {
    for (let number = 0; number < RUNS; number++) writeRun(folder, number);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const numbers = async (filter: Parameters<typeof listHistory>[1]) => {
    const found = await listHistory(folder, filter);
    return found.map(({ id }) => Number.parseInt(id.split('-')[1] ?? '', 16));
  };

  test('is listed from its end, all of it, and no more of it is read than was asked for', async () => {
    const all = await listHistory(folder, {});
    expect(all).toHaveLength(RUNS);
    expect(new Set(all.map((run) => (run.kind === 'run' ? run.outcome : run.kind)))).toEqual(
      new Set(['done']),
    );
    expect(await numbers({ most: 3 })).toEqual([999, 998, 997]);
    expect(await numbers({ most: 2, playbook: 'even.yml' })).toEqual([998, 996]);
    expect(await numbers({ host: 'gw-7', most: 1 })).toEqual([999]);
    expect(await numbers({ host: 'nobody' })).toEqual([]);
    // The first one is damaged; whoever asks for the last ones never meets it.
    writeFileSync(join(folder, '.sluice/runs', idOf(0), 'run.json'), '{');
    expect((await listHistory(folder, { most: 5 })).map(({ kind }) => kind)).toEqual(Array(5).fill('run'));
    expect((await listHistory(folder, {})).at(-1)?.kind).toBe('damaged');
  });
});

function writeRun(folder: string, number: number): void {
  const id = idOf(number);
  const at = join(folder, '.sluice/runs', id);
  mkdirSync(at, { recursive: true });
  const playbook = `playbooks/${number % 2 === 0 ? 'even' : 'odd'}.yml`;
  const run = {
    command: 'drift',
    argv: [],
    playbook,
    inventories: [],
    operator: 'me@here',
    version: '0.1.0',
  };
  writeFileSync(join(at, 'run.json'), JSON.stringify({ layout: LAYOUT, id, ...run }));
  const hosts = Array.from({ length: GATEWAYS }, (_, host) => `gw-${host}`);
  const counts = { ok: 1, changed: 0, unreachable: 0, failed: 0, rolledBack: 0, notStarted: 0 };
  const bodies = [
    ...hosts.map((host) => ({ type: 'host.started', host, play: 'edge', wave: 1, attempt: 1 })),
    {
      type: 'run.finished',
      exitCode: 0,
      halted: false,
      elapsedMs: 1,
      connections: 20,
      recap: hosts.map((host) => ({ host, ...counts })),
    },
  ];
  const lines = bodies.map((body, seq) =>
    JSON.stringify({ time: '2026-01-01T00:00:00.000Z', run: id, seq, ...body }),
  );
  writeFileSync(join(at, 'events.jsonl'), lines.map((line) => `${line}\n`).join(''));
}
