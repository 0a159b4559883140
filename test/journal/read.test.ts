import { appendFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listRuns, readEvents, readRun } from '../../src/journal/read.ts';
import { ProblemsError } from '../../src/problem.ts';
import { armed, event, open, project } from './example.ts';

async function threeEvents(): Promise<{ folder: string; file: string }> {
  const journal = open();
  for (const seq of [1, 2, 3]) journal.append(event(seq, armed('Zürich')));
  await journal.close();
  return { folder: journal.folder, file: join(journal.folder, 'events.jsonl') };
}

async function problemsOf(reading: Promise<unknown>) {
  const error = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ProblemsError)) return expect.fail(`no problem, but ${String(error)}`);
  return error.problems;
}

it('reads a prefix, wherever a crash cut the file', async () => {
  const { folder, file } = await threeEvents();
  const whole = readFileSync(file);
  const ends = [...whole.entries()].filter(([, byte]) => byte === 0x0a).map(([index]) => index + 1);
  for (let length = whole.length; length >= 0; length -= 1) {
    truncateSync(file, length);
    const complete = ends.filter((end) => end <= length).length;
    expect((await readEvents(folder)).map((one) => one.seq)).toEqual([1, 2, 3].slice(0, complete));
  }
});

it('leaves out a torn last line of zeros, as some file systems leave them after a power cut', async () => {
  const { folder, file } = await threeEvents();
  appendFileSync(file, '\0'.repeat(100));
  expect(await readEvents(folder)).toHaveLength(3);
});

it('names each corrupt line', async () => {
  const { folder, file } = await threeEvents();
  const [first, second, third] = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, [first, second?.slice(5), '{"type":"host.armed"}', third, '', ''].join('\n'));
  const problems = await problemsOf(readEvents(folder));
  expect(problems.map((problem) => [problem.code, problem.file, problem.line])).toEqual([
    ['journal-corrupt', file, 2],
    ['journal-corrupt', file, 3],
    ['journal-corrupt', file, 5],
  ]);
  expect(problems[1]?.message).toBe('This line is no event: "{"type":"host.armed"}".');
});

it('lists nothing where there is no journal, and only what is a run', async () => {
  const folder = join(project(), '.sluice');
  expect(await listRuns(folder)).toEqual([]);
  const journal = open({ folder });
  await journal.close();
  // One that was stopped before it had begun, and somebody's notes.
  mkdirSync(join(folder, 'runs', '20261121T024459Z-dead'));
  writeFileSync(join(folder, 'runs', 'notes.txt'), '');
  expect(await listRuns(folder)).toEqual([journal.folder]);
});

it('refuses what it can not read', async () => {
  const { folder } = await threeEvents();
  expect(await problemsOf(readRun(join(folder, 'nowhere')))).toMatchObject([{ code: 'journal-unreadable' }]);
  writeFileSync(join(folder, 'run.json'), '{"layout":2}');
  expect(await problemsOf(readRun(folder))).toMatchObject([
    { code: 'journal-layout', message: 'This run was written in layout 2; this version reads layout 1.' },
  ]);
  writeFileSync(join(folder, 'run.json'), '{"lay');
  expect(await problemsOf(readRun(folder))).toMatchObject([
    { code: 'journal-corrupt', file: join(folder, 'run.json') },
  ]);
});
