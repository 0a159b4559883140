import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Remote, RemoteCommand } from '../../src/remote.ts';
import { LocalRemote } from '../local-remote.ts';
import { check, command, observe } from './example.ts';
import { gatewayWith, isRoot, pathOf } from './tools.ts';

it.each([
  ['true', {}, 'pass', 'exit 0'],
  ['exit 3', { exitCode: 3 }, 'pass', 'exit 3'],
  ['echo "no such unit" >&2; exit 4', {}, 'fail', 'exit 4: no such unit'],
  ['echo "it\'s $((6 * 7))"', { stdout: "it's 42" }, 'pass', 'exit 0'],
  ['echo inactive', { stdout: 'running' }, 'fail', 'exit 0, stdout without "running"'],
  // A command may exit as `timeout` does; nobody stopped it.
  ['exit 124', { exitCode: 124 }, 'pass', 'exit 124'],
  // Nothing to read: no program can wait for a person.
  ['cat', {}, 'pass', 'exit 0'],
  ['printf "\\033[2Jgone\\n\\n" >&2; exit 1', {}, 'fail', 'exit 1: [2Jgone'],
] as const)('%s, expecting %j: %s, %s', async (text, expected, verdict, seen) => {
  expect(await observe(check(command(text, expected)))).toMatchObject({ verdict, seen, from: 'gateway' });
});

it('runs as root, and the command is an argument, not program text', async () => {
  const commands: RemoteCommand[] = [];
  const local = new LocalRemote();
  const spy: Remote = {
    run: (one, signal) => {
      commands.push(one);
      return local.run(one, signal);
    },
    open: local.open.bind(local),
    fresh: local.fresh.bind(local),
    close: local.close.bind(local),
  };
  const text = `test "$0" = '/bin/sh' # "quoted' $2`;
  expect(await observe(check(command(text), { timeoutSeconds: 7 }), spy)).toMatchObject({ verdict: 'pass' });
  expect(commands).toMatchObject([{ become: true, args: [text, '7'] }]);
  expect(commands[0]?.program).not.toContain(text);
});

it('stops a command that does not end, with what it started', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-command-'));
  const text = `sleep 1000 & echo $! > ${folder}/pid; wait`;
  const observation = await observe(check(command(text), { timeoutSeconds: 3 }));
  expect(observation).toMatchObject({ verdict: 'fail', seen: 'stopped after 3 s' });
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
  rmSync(folder, { recursive: true });
  await expect.poll(() => isRunning(pid), { timeout: 60_000 }).toBe(false);
});

/** A process that is dead but not yet collected has no command line any more. */
function isRunning(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

it.skipIf(!isRoot || pathOf('busybox') === undefined)(
  'stops it with the timeout and shell of BusyBox, too',
  async () => {
    const gateway = gatewayWith(['timeout=busybox', 'true=busybox', 'sleep=busybox'], 'BusyBox shell');
    const stopped = await observe(check(command('sleep 1000'), { timeoutSeconds: 1 }), gateway);
    expect(stopped).toMatchObject({ verdict: 'fail', seen: 'stopped after 1 s' });
    expect(await observe(check(command('echo $((6 * 7))', { stdout: '42' })), gateway)).toMatchObject({
      verdict: 'pass',
    });
    gateway.close();
  },
);

it('does not wait for a gateway that never answers', async () => {
  const aborted: boolean[] = [];
  const mute: Remote = {
    run: (_, signal) => new Promise(() => signal?.addEventListener('abort', () => aborted.push(true))),
    open: () => expect.fail('not to be used'),
    fresh: () => expect.fail('not to be used'),
    close: () => {},
  };
  const observation = await observe(check(command('true'), { timeoutSeconds: 0.1 }), mute);
  expect(observation).toMatchObject({ verdict: 'fail', seen: 'no answer from the gateway within 4 s' });
  expect(aborted).toEqual([true]);
});
