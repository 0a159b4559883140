import { setMaxListeners } from 'node:events';
import { expect, it } from 'vitest';
import { SLOTS, withSlot } from '../../src/checks/slots.ts';
import { LocalRemote } from '../local-remote.ts';

const never = new AbortController().signal;
setMaxListeners(0, never);

/** Work that tells how much runs beside it, and ends when told. */
function work() {
  const ends: (() => void)[] = [];
  let running = 0;
  let most = 0;
  const one = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => ends.push(resolve));
    running -= 1;
    return 'done' as const;
  };
  return { one, ends, most: () => most };
}

it('lets no more run over one connection than an sshd does, and all in the end', async () => {
  const remote = new LocalRemote();
  const { one, ends, most } = work();
  const all = Promise.all(Array.from({ length: 20 }, () => withSlot(remote, never, one)));
  for (let ended = 0; ended < 20; ended++) {
    await expect.poll(() => ends.length).toBeGreaterThan(0);
    ends.shift()?.();
  }
  expect(await all).toEqual(Array(20).fill('done'));
  expect(most()).toBe(SLOTS);
});

it('lets connections run beside each other', async () => {
  const { one, ends, most } = work();
  const remotes = [new LocalRemote(), new LocalRemote()];
  const all = remotes.flatMap((remote) => Array.from({ length: SLOTS }, () => withSlot(remote, never, one)));
  await expect.poll(() => ends.length).toBe(2 * SLOTS);
  for (const end of ends) end();
  await Promise.all(all);
  expect(most()).toBe(2 * SLOTS);
});

it('waits no longer than it may, and gives its place in the queue to the next', async () => {
  const remote = new LocalRemote();
  const { one, ends } = work();
  const first = Array.from({ length: SLOTS }, () => withSlot(remote, never, one));
  const cut = new AbortController();
  const waiting = withSlot(remote, cut.signal, one);
  const next = withSlot(remote, never, one);
  cut.abort();
  expect(await waiting).toBe('cut');
  for (const end of ends.splice(0)) end();
  await Promise.all(first);
  await expect.poll(() => ends.length).toBe(1);
  ends[0]?.();
  expect(await next).toBe('done');
});
