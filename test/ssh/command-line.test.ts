import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { formatCommandLine } from '../../src/ssh/command-line.ts';

test('a root login executes the program itself', () => {
  expect(formatCommandLine({ program: 'id -u', args: ['a b', ''] })).toBe(
    `exec /bin/sh -c 'id -u' sluice "$SSH_CONNECTION" 'a b' ''`,
  );
});

test('another login goes through sudo, and hands over the connection that sudo would drop', () => {
  expect(formatCommandLine({ program: 'id -u', become: true }, {})).toBe(
    `exec sudo -n -H -- /bin/sh -c 'id -u' sluice "$SSH_CONNECTION"`,
  );
});

test('a login shell runs it with the connection as $1 and the arguments after it', () => {
  const line = formatCommandLine({ program: 'printf "%s|" "$0" "$@"', args: ["it's", '$x\n'] });
  const output = execFileSync('sh', ['-c', line], { env: { SSH_CONNECTION: '1 2 3 4' }, encoding: 'utf8' });
  expect(output).toBe("sluice|1 2 3 4|it's|$x\n|");
});

test('the line must fit one argument, quotes included, and cannot hold NUL', () => {
  const line = (program: string) => formatCommandLine({ program });
  const around = line(' ').length - 1;
  const longest = ' '.repeat(128 * 1024 - 1 - around);
  expect(execFileSync('sh', ['-c', `${line(longest)}`], { encoding: 'utf8' })).toBe('');
  expect(() => line(`${longest} `)).toThrow(/131072 bytes/);
  expect(() => line("'".repeat(40_000))).toThrow(RangeError);
  expect(() => line('a\0b')).toThrow(RangeError);
});

test('a password is asked for on stderr, and the program says when it runs', () => {
  const asking = { prompt: '[p] ', nonce: 'beef' };
  expect(formatCommandLine({ program: 'id -u', args: ['a'] }, { asking })).toBe(
    `exec sudo -S -p '[p] ' -H -- /bin/sh -c 'echo '\\''#sluice-become-ready beef'\\''\nid -u' sluice "$SSH_CONNECTION" a`,
  );
});

test('an installed program is named by its path, and told its version, the nonce and the connection', () => {
  const command = {
    program: 'BOOT',
    args: ['begin', 't1', 'a b'],
    installed: { version: 'c0de', stdin: '' },
  };
  const helper = '/usr/local/sbin/sluice-helper';
  expect(formatCommandLine(command, { helper })).toBe(
    `exec sudo -n -H -- ${helper} c0de '' "$SSH_CONNECTION" begin t1 'a b'`,
  );
  expect(formatCommandLine(command, { helper, asking: { prompt: '[p] ', nonce: 'beef' } })).toBe(
    `exec sudo -S -p '[p] ' -H -- ${helper} c0de beef "$SSH_CONNECTION" begin t1 'a b'`,
  );
});
