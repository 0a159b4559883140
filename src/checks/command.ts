import type { Kind, ProbeOf } from './kind.ts';
import { runCommand } from './remote-command.ts';
import { oneLine } from './sight.ts';
import { quote } from './words.ts';

/** Runs a command on the gateway. */
export const commandKind: Kind<ProbeOf<'command'>> = {
  tried: ({ command }) => `sh: ${oneLine(command, 120)}`,
  expected: ({ expect: { exitCode, stdout } }) =>
    [`exit ${exitCode}`, ...(stdout === undefined ? [] : [`stdout with ${quote(stdout)}`])].join(', '),
  there: runCommand,
};
