import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRecentRuns } from '../../src/journal/recent.ts';
import { event, open, project, RUN } from './example.ts';

test('the newest run first; other commands, other events and what is damaged are passed over', async () => {
  const folder = join(project(), '.sluice');
  const journal = async (runId: string, command: string, seqs: readonly number[]) => {
    const one = open({ folder, runId, run: { ...RUN, command } });
    for (const seq of seqs) one.append(event(seq));
    one.append(event(9, { type: 'interrupt.received', signal: 'SIGINT', inFlight: 0 }));
    await one.close();
    return one.folder;
  };
  await journal('20261121T024500Z-a', 'apply', [1]);
  await journal('20261121T024600Z-b', 'drift', [2]);
  const torn = await journal('20261121T024700Z-c', 'apply', [3, 4]);
  appendFileSync(join(torn, 'events.jsonl'), '{"type":"host.armed","ti');
  const broken = join(folder, 'runs', '20261121T024800Z-d');
  mkdirSync(broken);
  writeFileSync(join(broken, 'run.json'), '{');
  const runs: number[][] = [];
  for await (const events of readRecentRuns(folder, { command: 'apply', types: ['host.armed'] }))
    runs.push(events.map(({ seq }) => seq));
  expect(runs).toEqual([[3, 4], [1]]);
});

test('without a journal there is nothing to remember', async () => {
  for await (const _ of readRecentRuns(join(project(), '.sluice'), { command: 'apply', types: [] }))
    expect.fail();
});
