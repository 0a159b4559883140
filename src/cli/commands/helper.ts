import type { CommandModule } from 'yargs';
import { formatHelper } from '../../gateway/helper.ts';
import { loadGatewayScripts } from '../../project/scripts.ts';

/** `sluice helper`: the program for gateways whose login shall not be root. */
export const helperCommand: CommandModule = {
  command: 'helper',
  describe: 'Print the program that a login may run by sudo instead of everything (sluice_helper)',
  builder: (yargs) =>
    yargs
      .example(
        '$0 helper >sluice-helper',
        'to install as root: install -m 0755 sluice-helper /usr/local/sbin/',
      )
      .epilogue('What its line in sudoers does and does not protect against: docs/sudo.md'),
  handler: async () => {
    process.stdout.write(formatHelper(await loadGatewayScripts()));
  },
};
