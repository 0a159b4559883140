import { expect, test } from 'vitest';
import type { Dialled, Remote } from '../../src/remote.ts';
import { createVantages } from '../../src/runtime/vantages.ts';

const never = new AbortController().signal;
const unreachable: Dialled = {
  kind: 'unreachable',
  problem: { code: 'unreachable', message: 'no answer', remedy: '' },
};

/** A fleet whose dials and connections are told. */
function fleet(dial: (host: string) => Promise<Dialled> | Dialled) {
  const told: string[] = [];
  let dialling = 0;
  let most = 0;
  const dialTold = async (host: string) => {
    told.push(`dial ${host}`);
    dialling += 1;
    most = Math.max(most, dialling);
    const dialled = await dial(host);
    dialling -= 1;
    return dialled;
  };
  return { told, dial: dialTold, most: () => most };
}

function connected(told: string[], host: string): Extract<Dialled, { kind: 'connected' }> {
  const unused = () => expect.fail('not to be used');
  const remote: Remote = {
    run: unused,
    open: unused,
    fresh: unused,
    close: () => void told.push(`close ${host}`),
  };
  return { kind: 'connected', remote };
}

test('all checks share one connection a host, which the end of the run closes', async () => {
  const { told, dial } = fleet((host) => connected(told, host));
  const vantages = createVantages(dial, 5);
  const dialled = await Promise.all(['a', 'b', 'a', 'a'].map((host) => vantages.dial(host, never)));
  expect(dialled[0]).toBe(dialled[3]);
  vantages.close();
  await expect.poll(() => told.toSorted()).toEqual(['close a', 'close b', 'dial a', 'dial b']);
});

test('no more hosts are dialled at once than forks say', async () => {
  const { told, dial, most } = fleet(async (host) => {
    await new Promise(setImmediate);
    return connected(told, host);
  });
  const vantages = createVantages(dial, 2);
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((host) => vantages.dial(host, never)));
  expect(most()).toBe(2);
});

test('who was out of reach is dialled anew, and whose connection broke', async () => {
  let isUp = false;
  const { told, dial } = fleet((host) => (isUp ? connected(told, host) : unreachable));
  const vantages = createVantages(dial, 2);
  expect(await vantages.dial('a', never)).toBe(unreachable);
  isUp = true;
  const first = await vantages.dial('a', never);
  if (first.kind !== 'connected') return expect.fail('not connected');
  // Two checks met the same break: one of them dials, and the other's complaint is of an old connection.
  vantages.lost('a', first.remote);
  await expect.poll(() => vantages.dial('a', never)).not.toBe(first);
  const second = await vantages.dial('a', never);
  vantages.lost('a', first.remote);
  await new Promise(setImmediate);
  expect(await vantages.dial('a', never)).toBe(second);
});

test('a check that is cut waits no longer, and the others have the connection', async () => {
  let answer: (dialled: Dialled) => void = () => {};
  const { told, dial } = fleet(
    () =>
      new Promise<Dialled>((resolve) => {
        answer = resolve;
      }),
  );
  const vantages = createVantages(dial, 2);
  const cut = new AbortController();
  const [hurried, patient] = [vantages.dial('a', cut.signal), vantages.dial('a', never)];
  cut.abort();
  expect(await hurried).toMatchObject({ kind: 'unreachable' });
  const dialled = connected(told, 'a');
  answer(dialled);
  expect(await patient).toBe(dialled);
});

test('who is reached through a gateway whose rules changed is dialled anew; what was under way goes on', async () => {
  let count = 0;
  const { told, dial } = fleet((host) => {
    count += 1;
    return connected(told, `${host}${count}`);
  });
  const vantages = createVantages(dial, 2);
  const renewA = () => vantages.renew((host) => host === 'a');
  renewA();
  const first = await vantages.dial('a', never);
  const other = await vantages.dial('b', never);
  renewA();
  const second = await vantages.dial('a', never);
  expect(second).not.toBe(first);
  expect(await vantages.dial('b', never)).toBe(other);
  expect(told.filter((line) => line.startsWith('close'))).toEqual([]);
  // A check over the old connection may complain of it: the new one stays.
  if (first.kind === 'connected') vantages.lost('a', first.remote);
  await new Promise(setImmediate);
  expect(await vantages.dial('a', never)).toBe(second);
  // No more than one stays behind.
  renewA();
  await expect.poll(() => told).toContain('close a1');
  vantages.close();
  await expect
    .poll(() => told.filter((line) => line.startsWith('close')).toSorted())
    .toEqual(['close a1', 'close a1', 'close a3', 'close b2']);
});
