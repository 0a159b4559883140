import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { holderOf, noteHolder, takeLock } from '../../src/journal/lock.ts';
import { thisProcess } from '../../src/journal/process.ts';
import { project } from './example.ts';

const me = () => ({
  operator: 'ada@laptop',
  process: thisProcess(),
  since: '2026-11-26T02:00:00.000Z',
  doing: 'apply edge.yml',
});

const lockIn = (folder: string) => join(folder, '.sluice', 'locks', 'one.lock');

/** Another process that holds the lock, until it is killed. */
async function holder(file: string): Promise<ChildProcess> {
  mkdirSync(dirname(file), { recursive: true });
  const child = spawn('flock', [file, 'sh', '-c', 'echo held; exec sleep 600'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => end(child));
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return child;
}

function end(child: ChildProcess): void {
  try {
    process.kill(-(child.pid ?? 0), 'SIGKILL');
  } catch {
    // It is gone.
  }
}

it('is taken once, says by whom, and is free when its file is closed', async () => {
  const file = lockIn(project());
  const first = await takeLock(file, me);
  if (first.kind !== 'taken') throw new Error(first.kind);
  expect(await takeLock(file, me)).toEqual({ kind: 'held', by: me() });
  noteHolder(first.file, { ...me(), run: 'r1' });
  expect(holderOf(file)).toEqual({ ...me(), run: 'r1' });
  noteHolder(first.file, me());
  expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(me())}\n`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(dirname(dirname(file)), '.gitignore'), 'utf8')).toBe('*\n');
  closeSync(first.file);
  expect(await takeLock(file, me)).toMatchObject({ kind: 'taken' });
});

it('waits until the holder is gone, however it goes', async () => {
  const file = lockIn(project());
  const other = await holder(file);
  // Who wrote nothing is nobody that we could name.
  expect(await takeLock(file, me)).toEqual({ kind: 'held', by: undefined });
  const waiting = takeLock(file, me, 60_000);
  end(other);
  expect(await waiting).toMatchObject({ kind: 'taken' });
  expect(holderOf(file)).toEqual(me());
});

it('is not taken when the time is up, nor from one that is suspended', async () => {
  const file = lockIn(project());
  const other = await holder(file);
  process.kill(-(other.pid ?? 0), 'SIGSTOP');
  expect(await takeLock(file, me, 50)).toEqual({ kind: 'held', by: undefined });
});

it.each(['', '{', '{"operator":"a"}', 'null', '[]', '7'])('names nobody from %j', (text) => {
  const file = lockIn(project());
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  expect(holderOf(file)).toBeUndefined();
});
