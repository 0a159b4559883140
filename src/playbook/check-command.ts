import type { WrittenKind } from './check-kind.ts';
import { isMappingOf } from './check-target.ts';

/** `command: systemctl is-active haproxy`. */
export const writtenCommand: WrittenKind<'command'> = {
  own: [],
  places: 'afar',
  expects: 'a command expects a mapping of exit_code and stdout',
  read: (command, { expect = {} }) => {
    if (!isMappingOf(expect, ['exit_code', 'stdout'])) return undefined;
    const { exit_code: exitCode = 0, stdout } = expect;
    return {
      kind: 'command',
      command,
      expect: stdout === undefined ? { exitCode } : { exitCode, stdout },
    };
  },
  fill: ({ command, expect: { stdout, exitCode } }, fill) => ({
    kind: 'command',
    command: fill(command, 'shell'),
    expect: { exitCode, ...(stdout === undefined ? {} : { stdout: fill(stdout, 'words') }) },
  }),
};
