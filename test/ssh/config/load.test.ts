import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createConfigStore } from '../../../src/ssh/config/load.ts';
import type { Disk } from '../../../src/ssh/disk.ts';
import { configOf, HOME } from './ask.ts';
import { diskOf } from './disk.ts';

const own = `${HOME}/.ssh/config`;
const problemsOf = async (text: string, more: Readonly<Record<string, string>> = {}) =>
  (await configOf(text, more)).problems([]);

test("Debian's own file gives no complaint", async () => {
  const stock = `Include /etc/ssh/ssh_config.d/*.conf
Host *
    SendEnv LANG LC_*
    HashKnownHosts yes
    GSSAPIAuthentication yes
`;
  expect(await problemsOf('', { '/etc/ssh/ssh_config': stock })).toEqual([]);
});

test('every problem of a file is told, with its line', async () => {
  const text = `# comment
Prot 22
Port ssh
  IdentityFile "a
Host
Match
Match host
Match banana x
Match all host a
StrictHostKeyChecking maybe
Port 1 2
HostName
`;
  const problems = await problemsOf(text);
  expect(problems.map(({ file, line }) => [file, line])).toEqual(
    [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 2].map((line) => [own, line]),
  );
  expect(problems.at(-1)).toMatchObject({
    code: 'unknown-ssh-option',
    message: 'Prot is no keyword of ssh_config',
    remedy: expect.stringContaining('Did you mean port?'),
  });
  expect(problems[0]).toMatchObject({
    message: 'Port cannot be "ssh"',
    remedy: 'Give a port from 1 to 65535.',
  });
});

test('IgnoreUnknown lets pass what follows it, and nothing before', async () => {
  expect(await problemsOf('IgnoreUnknown UseKey*,Banana\nUseKeychain yes\nbanana 1\n')).toEqual([]);
  expect(await problemsOf('UseKeychain yes\nIgnoreUnknown UseKeychain\n')).toHaveLength(1);
});

test('IgnoreUnknown may be an argument', async () => {
  const config = await configOf('UseKeychain yes\n');
  const given = {
    keyword: 'ignoreunknown',
    name: '-o IgnoreUnknown',
    words: ['UseKeychain'],
    origin: { kind: 'argument', place: 'ansible_ssh_common_args', host: 'gw1' },
  } as const;
  expect(config.problems([given])).toEqual([]);
});

test('a file that includes itself is a problem, and ends', async () => {
  expect(await problemsOf('Include config\n')).toMatchObject([
    { file: own, line: 1, message: 'Include goes deeper than 16 files' },
  ]);
});

test.each(['Include ~eve/config', 'Include "'])('%s is a problem', async (text) => {
  expect(await problemsOf(`${text}\n`)).toHaveLength(1);
});

test('a system file has no ~', async () => {
  expect(await problemsOf('', { '/etc/ssh/ssh_config': 'Include ~/x\n' })).toMatchObject([
    { file: '/etc/ssh/ssh_config', line: 1 },
  ]);
});

describe('a file that others can write', () => {
  test.each([
    ['of another user', { uid: 1001 }, false],
    ['of root', { uid: 0 }, true],
    ['writable by its group', { mode: 0o100664 }, false],
    ['writable by all', { mode: 0o100646 }, false],
    ['readable by all', { mode: 0o100644 }, true],
  ])('%s', async (_what, owner, isRead) => {
    const files = { [own]: 'Include other\n', [`${HOME}/.ssh/other`]: 'Port 1\n' };
    for (const path of Object.keys(files)) {
      const store = createConfigStore({ home: HOME, uid: 1000 }, diskOf(files, { [path]: owner }));
      const problems = (await store.load()).problems([]);
      expect(problems).toEqual(
        isRead ? [] : [expect.objectContaining({ code: 'ssh-config-permissions', file: path })],
      );
    }
  });
});

test('-F names the only file, which must be there; -F none has nothing read', async () => {
  const store = createConfigStore({ home: HOME, uid: 1000 }, diskOf({ [own]: 'Port x\n', '/f': 'Port y\n' }));
  expect((await store.load('/f')).problems([])).toMatchObject([{ file: '/f' }]);
  expect((await store.load('none')).problems([])).toEqual([]);
  expect((await store.load('/missing')).problems([])).toMatchObject([
    { code: 'ssh-config-unreadable', file: '/missing' },
  ]);
});

test('each file is read once', async () => {
  const reads: string[] = [];
  const disk: Disk = diskOf({ [own]: 'Port 1\n' });
  const counting: Disk = {
    ...disk,
    readFile: (path) => {
      reads.push(path);
      return disk.readFile(path);
    },
  };
  const store = createConfigStore({ home: HOME, uid: 1000 }, counting);
  expect(await store.load()).toBe(await store.load());
  expect(reads).toEqual([own, '/etc/ssh/ssh_config']);
});

test("this machine's own file is understood", async () => {
  let text = '';
  try {
    text = readFileSync('/etc/ssh/ssh_config', 'utf8');
  } catch {
    return;
  }
  expect(await problemsOf(text)).toEqual([]);
});
