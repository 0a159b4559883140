import type { RemoteCommand } from '../remote.ts';
import { quoteShellWord } from './shell-words.ts';

/** sshd hands the line to the login shell as one argument; Linux takes 128 KiB with the final NUL (MAX_ARG_STRLEN). */
const longestLineBytes = 128 * 1024 - 1;

/**
 * The line an SSH server is asked to execute for a command.
 *
 * `$SSH_CONNECTION` is expanded by the login shell, before sudo drops it. `exec` leaves no shell in between, so that the
 * exit status and signals are the program's own.
 * @throws RangeError when the line is too long for one argument, or a part of it holds a NUL: bulk belongs into stdin.
 */
export function formatCommandLine(command: RemoteCommand, withSudo: boolean): string {
  const { program, args = [] } = command;
  const words = [program, ...args];
  if (words.some((word) => word.includes('\0')))
    throw new RangeError('a remote program and its arguments cannot hold NUL');
  const [script = '', ...quotedArgs] = words.map(quoteShellWord);
  const shell = `/bin/sh -c ${script} sluice "$SSH_CONNECTION"`;
  const line = ['exec', ...(withSudo ? ['sudo -n -H --'] : []), shell, ...quotedArgs].join(' ');
  const bytes = Buffer.byteLength(line);
  if (bytes > longestLineBytes) {
    throw new RangeError(
      `a remote command line of ${bytes} bytes exceeds ${longestLineBytes}: send bulk text on stdin`,
    );
  }
  return line;
}
