import type { RemoteCommand } from '../remote.ts';
import { type Become, readyLine } from './become.ts';
import { quoteShellWord } from './shell-words.ts';

/** sshd hands the line to the login shell as one argument; Linux takes 128 KiB with the final NUL (MAX_ARG_STRLEN). */
const longestLineBytes = 128 * 1024 - 1;

/**
 * The line an SSH server is asked to execute for a command, through sudo when it is to `become` root.
 *
 * `$SSH_CONNECTION` is expanded by the login shell, before sudo drops it. `exec` leaves no shell in between, so that the
 * exit status and signals are the program's own. A password is never part of it.
 * @throws RangeError when the line is too long for one argument, or a part of it holds a NUL: bulk belongs into stdin.
 */
export function formatCommandLine(command: RemoteCommand, become?: Become): string {
  const { program, args = [] } = command;
  if ([program, ...args].some((word) => word.includes('\0')))
    throw new RangeError('a remote program and its arguments cannot hold NUL');
  const words = ['exec', ...(become === undefined ? [] : sudo(become)), ...invocation(command, become)];
  const line = [...words, ...args.map(quoteShellWord)].join(' ');
  const bytes = Buffer.byteLength(line);
  if (bytes > longestLineBytes) {
    throw new RangeError(
      `a remote command line of ${bytes} bytes exceeds ${longestLineBytes}: send bulk text on stdin`,
    );
  }
  return line;
}

/** `-n`: sudo fails rather than ask. `-S`: it asks on stderr and reads the answer from stdin, as there is no terminal. */
function sudo({ asking }: Become): readonly string[] {
  const how = asking === undefined ? ['-n'] : ['-S', '-p', quoteShellWord(asking.prompt)];
  return ['sudo', ...how, '-H', '--'];
}

function invocation({ program, installed }: RemoteCommand, become: Become | undefined): readonly string[] {
  const nonce = become?.asking?.nonce;
  if (become?.helper !== undefined && installed !== undefined) {
    const path = quoteShellWord(become.helper);
    return [path, quoteShellWord(installed.version), quoteShellWord(nonce ?? ''), '"$SSH_CONNECTION"'];
  }
  const text = nonce === undefined ? program : `echo '${readyLine(nonce)}'\n${program}`;
  return ['/bin/sh', '-c', quoteShellWord(text), 'sluice', '"$SSH_CONNECTION"'];
}
