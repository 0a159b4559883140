import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { isAlive, thisProcess } from '../../src/journal/process.ts';

test('this process lives; one of its number that began at another time is another', () => {
  expect(isAlive(thisProcess())).toBe(true);
  expect(isAlive({ ...thisProcess(), started: '1' })).toBe(false);
  expect(isAlive({ ...thisProcess(), host: 'elsewhere' })).toBeUndefined();
});

test('a process that ended is dead, though its parent never asks for it', async () => {
  const parent = spawn('sh', ['-c', 'sh -c "exec cat <&3" & echo $!; exec 3<&-; exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  try {
    const [said] = await once(parent.stdout as NodeJS.ReadableStream, 'data');
    const pid = Number(said);
    const record = { host: hostname(), pid, started: startOf(pid) };
    expect(isAlive(record)).toBe(true);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => isAlive(record), { timeout: 30_000 }).toBe(false);
    // Its number is still taken.
    expect(() => process.kill(pid, 0)).not.toThrow();
  } finally {
    parent.kill('SIGKILL');
  }
});

function startOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[19] ?? '';
}
