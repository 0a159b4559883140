import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { probeGateway } from '../../src/gateway/transaction.ts';
import type { Remote } from '../../src/remote.ts';
import { Sensitive } from '../../src/sensitive.ts';
import { hasSudo, type SudoHost, startSudoHost } from './sudo-host.ts';

const ASKS = 'operator ALL=(root) ALL';
const ASKS_NOT = 'operator ALL=(root) NOPASSWD: ALL';
/** What a shell, sudo's prompt or a line-wise reader could stumble over. */
const PASSWORDS = [
  'plain',
  ` p'a"s$s \`w\` \\n%p%% #! `,
  'pässwörd-漢字-😀',
  '#sluice-become-ready',
  'x'.repeat(200),
];
/** Reads its stdin, and tells what came of it. */
const DIGEST = { program: 'id -u; sha256sum', become: true };

describe.skipIf(!hasSudo)('a sudo that may ask for a password', () => {
  let host: SudoHost;
  const remotes: Remote[] = [];
  const connect = async (password?: string, more = {}) => {
    const becomePassword = password === undefined ? {} : { becomePassword: new Sensitive(password) };
    const remote = await host.connect({ ...becomePassword, ...more });
    remotes.push(remote);
    return remote;
  };
  beforeAll(async () => {
    host = await startSudoHost();
  });
  afterAll(async () => {
    for (const remote of remotes) remote.close();
    await host.sshd.stop();
  });
  beforeEach(() => {
    host.sudoers(ASKS);
    host.password('right');
    host.log();
  });

  test.each(PASSWORDS)('takes the right one, and then the whole payload: %j', async (password) => {
    host.password(password);
    const stdin = payload();
    const result = await (await connect(password)).run({ ...DIGEST, stdin });
    expect(result).toEqual({ kind: 'exited', code: 0, stdout: `0\n${sha256(stdin)}  -\n`, stderr: '' });
    expect(host.log()).not.toContain('incorrect');
  });

  test('a wrong one is tried once, and not one line of the payload is a further guess', async () => {
    const result = await (await connect('wrong')).run({ ...DIGEST, stdin: `right\n${payload()}` });
    expect(result).toMatchObject({ kind: 'exited', code: 1, stdout: '' });
    expect(result.stderr).toContain('1 incorrect password attempt');
    expect(result.stderr).not.toMatch(/\[sluice|wrong/);
    expect(host.log()).toMatch(/operator : 1 incorrect password attempt ;/);
  });

  test('a sudo that takes but one guess is given but one', async () => {
    host.sudoers('Defaults passwd_tries=1', ASKS);
    const result = await (await connect('wrong')).run({ ...DIGEST, stdin: 'right\n' });
    expect(result).toMatchObject({ kind: 'exited', code: 1, stdout: '' });
    expect(host.log()).toMatch(/operator : 1 incorrect password attempt ;/);
  });

  test.each([
    ['NOPASSWD', ASKS_NOT],
    ['a rule that trusts the login', 'Defaults:operator !authenticate', ASKS],
  ])('one that is not asked for is not sent: %s', async (_, ...lines) => {
    host.sudoers(...lines);
    const remote = await connect('right');
    const echoed = await remote.run({ program: 'cat', stdin: 'payload\n', become: true });
    expect(echoed).toEqual({ kind: 'exited', code: 0, stdout: 'payload\n', stderr: '' });
    const empty = await remote.run({ program: 'wc -c', become: true });
    expect(empty).toMatchObject({ kind: 'exited', stdout: '0\n' });
  });

  test('a login that sudo still knows is not asked again, and its payload is whole', async () => {
    host.sudoers('Defaults timestamp_type=global', ASKS);
    const remote = await connect('right');
    await remote.run({ program: 'true', become: true });
    // Wrong from now on: only a sudo that asks could notice.
    host.password('another');
    const echoed = await remote.run({ program: 'cat', stdin: 'payload\n', become: true });
    expect(echoed).toEqual({ kind: 'exited', code: 0, stdout: 'payload\n', stderr: '' });
    await remote.run({ program: 'rm -rf /run/sudo/ts/*', become: true });
  });

  test('a lecture, and what a login shell says, are passed over', async () => {
    host.sudoers('Defaults lecture=always', ASKS);
    const result = await (await connect('right')).run({ program: 'cat', stdin: 'x', become: true });
    expect(result).toMatchObject({ kind: 'exited', code: 0, stdout: 'x' });
    expect(result.stderr).toContain('lecture');
    expect(result.stderr).not.toContain('[sluice');
  });

  test('talks with a program once it runs, and keeps what was said before', async () => {
    const remote = await connect('right');
    const conversation = remote.open({
      program: 'echo hello; while read -r line; do echo "got $line"; done; exit 4',
      stdin: 'one\n',
      become: true,
    });
    conversation.write('two\n');
    conversation.end();
    let said = '';
    for await (const chunk of conversation.output) said += Buffer.from(chunk).toString();
    expect(said).toBe('hello\ngot one\ngot two\n');
    expect(await conversation.done).toEqual({ kind: 'exited', code: 4, stdout: '', stderr: '' });
  });

  test('a conversation that is refused ends, with all that sudo said', async () => {
    const conversation = (await connect('wrong')).open({ ...DIGEST, stdin: payload() });
    conversation.write('more\n');
    for await (const _ of conversation.output) expect.unreachable();
    expect(await conversation.done).toMatchObject({ kind: 'exited', code: 1 });
  });

  test('a program that prints the prompt and the sign itself gets no password', async () => {
    const remote = await connect('right');
    // All that sudo's own command line gives away: the prompt, and the line that says "ready".
    const program = `sed 's/\\x00/\\n/g' "/proc/$PPID/cmdline" | grep -a '^\\[sluice' | tr -d '\\n' >&2; cat`;
    const result = await remote.run({ program, stdin: 'payload', become: true });
    expect(result).toMatchObject({ kind: 'exited', stdout: 'payload' });
  });

  test('is in no command line and no environment of the far side while a program runs', async () => {
    const password = `s3cret-${randomBytes(6).toString('hex')}`;
    host.password(password);
    const program =
      'cat >/dev/null; cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" " "; :';
    const result = await (await connect(password)).run({ program, stdin: payload(), become: true });
    expect(result.stdout).toContain('sudo -S -p [sluice');
    expect(`${result.stdout}${result.stderr}`).not.toContain(password);
    expect(host.log()).not.toContain(password);
  });

  test('commands that need no root ask for none', async () => {
    const result = await (await connect('right')).run({ program: 'id -un; cat', stdin: 'x' });
    expect(result).toEqual({ kind: 'exited', code: 0, stdout: 'operator\nx', stderr: '' });
    expect(host.log()).toBe('');
  });

  describe('who can not become root is told why', () => {
    const scripts = { boot: 'echo never; cat', kept: '', program: 'x'.repeat(5000), helper: '' };
    const whyNot = async (password?: string) => probeGateway(await connect(password), scripts);
    const refused = (text: RegExp) => ({
      kind: 'refused',
      refusals: [{ code: 'become-failed', text: expect.stringMatching(text) }],
    });

    test('no password where one is needed', async () => {
      expect(await whyNot()).toEqual(refused(/^sudo: a password is required$/));
    });
    test('a wrong password', async () => {
      expect(await whyNot('wrong')).toEqual(refused(/sudo: 1 incorrect password attempt/));
    });
    test('a terminal is wanted', async () => {
      host.sudoers('Defaults requiretty', ASKS);
      expect(await whyNot('right')).toEqual(refused(/^sudo: sorry, you must have a tty to run sudo$/));
    });
    test('a login that sudoers does not name', async () => {
      host.sudoers('root ALL=(ALL) ALL');
      expect(await whyNot('right')).toEqual(refused(/operator.*(not in the sudoers|may not run)/));
      expect(await whyNot()).toEqual(refused(/a password is required|not in the sudoers|may not run/));
    });
    test('a login that may run something else; our program is not repeated', async () => {
      host.sudoers('operator ALL=(root) NOPASSWD: /bin/true');
      expect(await whyNot('right')).toEqual(
        refused(/^Sorry, user operator is not allowed to execute this as root on /),
      );
    });
    test('an account that has expired', async () => {
      const remote = await connect('right');
      host.password('right', '19000:0:99999:7::1:'); // the login itself would be refused
      expect(await probeGateway(remote, scripts)).toEqual(refused(/^sudo: .*account/i));
    });
  });
});

/** 60 KB of lines, each of which sudo would take for a password. */
function payload(): string {
  return Array.from({ length: 1000 }, () => randomBytes(30).toString('hex')).join('\n');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
