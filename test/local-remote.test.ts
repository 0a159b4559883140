import { expect, it } from 'vitest';
import { LocalRemote } from './local-remote.ts';

it('runs a program with its arguments, stdin and environment', async () => {
  const remote = new LocalRemote({
    env: { PATH: '/usr/bin:/bin', COLOUR: 'green' },
    client: '203.0.113.9',
    server: '::1',
  });
  const program = 'echo "$0|$(echo "$1" | cut -d" " -f1)|$2|$3|$COLOUR"; cat; echo oops >&2; exit 7';
  const result = await remote.run({ program, args: ["it's", '$x'], stdin: 'said\n' });
  expect(result).toEqual({
    kind: 'exited',
    code: 7,
    stdout: "sluice|203.0.113.9|it's|$x|green\nsaid\n",
    stderr: 'oops\n',
  });
});

it('puts its prefix before the shell', async () => {
  const remote = new LocalRemote({ prefix: ['env', 'INSIDE=yes'] });
  expect(await remote.run({ program: 'echo $INSIDE' })).toMatchObject({ stdout: 'yes\n' });
});

it('tells a signal from an exit, and a missing shell from both', async () => {
  expect(await new LocalRemote().run({ program: 'kill -9 $$' })).toMatchObject({
    kind: 'signalled',
    signal: 'SIGKILL',
  });
  const nowhere = new LocalRemote({ prefix: ['/no/such/program'] });
  expect(await nowhere.run({ program: 'true' })).toMatchObject({
    kind: 'lost',
    reason: expect.stringContaining('ENOENT'),
  });
});

it('talks with a program', async () => {
  const talk = new LocalRemote().open({ program: 'while read -r line; do echo "<$line>"; done; exit 3' });
  const lines = talk.output[Symbol.asyncIterator]();
  talk.write('one\n');
  expect(String((await lines.next()).value)).toBe('<one>\n');
  talk.write('two\n');
  expect(String((await lines.next()).value)).toBe('<two>\n');
  talk.end();
  expect(await lines.next()).toMatchObject({ done: true });
  expect(await talk.done).toMatchObject({ kind: 'exited', code: 3, stdout: '' });
});

it('makes a program wait that prints faster than it is read', async () => {
  const talk = new LocalRemote().open({ program: 'yes | head -c 8000000; echo written >&2' });
  const ended = talk.done.then(() => 'ended');
  const lines = talk.output[Symbol.asyncIterator]();
  let length = (await lines.next()).value?.length ?? 0;
  // The pipe and our buffer hold far less than what it wants to say.
  expect(await Promise.race([ended, new LocalRemote().run({ program: 'true' })])).not.toBe('ended');
  for (let next = await lines.next(); !next.done; next = await lines.next()) length += next.value.length;
  expect(length).toBe(8_000_000);
  expect(await talk.done).toMatchObject({ kind: 'exited', code: 0, stderr: 'written\n' });
});

it.each(['abort', 'close'] as const)('loses what runs on %s', async (how) => {
  const remote = new LocalRemote();
  const interrupt = new AbortController();
  const talk = remote.open({ program: 'echo $$; sleep 1000' }, interrupt.signal);
  const lines = talk.output[Symbol.asyncIterator]();
  const pid = Number(String((await lines.next()).value));
  if (how === 'abort') interrupt.abort();
  else remote.close();
  expect(await talk.done).toMatchObject({ kind: 'lost' });
  expect(await lines.next()).toMatchObject({ done: true });
  await expect.poll(() => isThere(pid), { timeout: 60_000 }).toBe(false);
});

it('leaves programs running where told to, as sshd does', async () => {
  const remote = new LocalRemote({ orphans: 'leave' });
  const talk = remote.open({ program: 'echo $$; exec sleep 1000' });
  const pid = Number(String((await talk.output[Symbol.asyncIterator]().next()).value));
  remote.close();
  expect(await talk.done).toMatchObject({ kind: 'lost' });
  expect(isThere(pid)).toBe(true);
  process.kill(pid, 'SIGKILL');
});

it('dials anew: another client port, and usable after the first was closed', async () => {
  const remote = new LocalRemote();
  const connectionOf = async (one: { run: LocalRemote['run'] }) => {
    const result = await one.run({ program: 'echo "$1"' });
    return result.stdout.trim();
  };
  const first = await connectionOf(remote);
  remote.close();
  remote.close();
  expect(await remote.run({ program: 'true' })).toMatchObject({ kind: 'lost' });
  const dialled = await remote.fresh({ address: '::1' });
  if (dialled.kind !== 'connected') return expect.fail('unreachable');
  const second = await connectionOf(dialled.remote as LocalRemote);
  expect(second.split(' ')[1]).not.toBe(first.split(' ')[1]);
  expect(second.split(' ')[2]).toBe('::1');
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
