import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { formatCommandLine } from '../../src/ssh/command-line.ts';

test('a root login executes the program itself', () => {
  expect(formatCommandLine({ program: 'id -u', args: ['a b', ''] }, false)).toBe(
    `exec /bin/sh -c 'id -u' sluice "$SSH_CONNECTION" 'a b' ''`,
  );
});

test('another login goes through sudo, and hands over the connection that sudo would drop', () => {
  expect(formatCommandLine({ program: 'id -u', become: true }, true)).toBe(
    `exec sudo -n -H -- /bin/sh -c 'id -u' sluice "$SSH_CONNECTION"`,
  );
});

test('a login shell runs it with the connection as $1 and the arguments after it', () => {
  const line = formatCommandLine({ program: 'printf "%s|" "$0" "$@"', args: ["it's", '$x\n'] }, false);
  const output = execFileSync('sh', ['-c', line], { env: { SSH_CONNECTION: '1 2 3 4' }, encoding: 'utf8' });
  expect(output).toBe("sluice|1 2 3 4|it's|$x\n|");
});

test('the line must fit one argument, quotes included, and cannot hold NUL', () => {
  const line = (program: string) => formatCommandLine({ program }, false);
  const around = line(' ').length - 1;
  const longest = ' '.repeat(128 * 1024 - 1 - around);
  expect(execFileSync('sh', ['-c', `${line(longest)}`], { encoding: 'utf8' })).toBe('');
  expect(() => line(`${longest} `)).toThrow(/131072 bytes/);
  expect(() => line("'".repeat(40_000))).toThrow(RangeError);
  expect(() => line('a\0b')).toThrow(RangeError);
});
