import type { CommandModule } from 'yargs';
import { type HostUnlock, unlockHosts } from '../operations/unlock.ts';
import { visible } from '../views/visible.ts';
import {
  formatUnanswered,
  type HostsArguments,
  hostsExitCode,
  hostsOptions,
  hostsRequest,
  stdoutColours,
} from './hosts.ts';
import { exitCodes } from './run.ts';

/** `sluice unlock`: frees locks whose owners are dead. */
export const unlockCommand: CommandModule<object, HostsArguments> = {
  command: 'unlock <pattern>',
  describe:
    'Free a lock whose owner is dead, after its change is taken back or its confirm finished; refuses while one lives',
  builder: (yargs) =>
    yargs
      .positional('pattern', { type: 'string', demandOption: true, describe: 'Host pattern' })
      .options(hostsOptions)
      .example('$0 unlock -i inventories/prod gw-fra-1', 'one gateway')
      .epilogue(exitCodes),
  handler: async (args) => {
    const show = args.json ? (unlock: HostUnlock) => JSON.stringify(unlock) : formatUnlock;
    const all = await unlockHosts(await hostsRequest(args), (unlock) =>
      process.stdout.write(`${show(unlock)}\n`),
    );
    process.exitCode = hostsExitCode(all.map(({ kind }) => kind));
  },
};

function formatUnlock(unlock: HostUnlock): string {
  const colours = stdoutColours();
  switch (unlock.kind) {
    case 'unlocked': {
      const { host, token, owner, play, since, state, reason } = unlock;
      const end = state === undefined ? 'is gone' : `is ${state.replace('_', ' ')}`;
      const why = reason === undefined ? '' : `: ${reason}`;
      return colours.yellow(
        visible(
          `${host} | unlocked => the lock of ${owner} since ${since} (play ${play}, transaction ${token}) is free; the transaction ${end}${why}`,
        ),
      );
    }
    case 'notLocked':
      return colours.green(visible(`${unlock.host} | ok => not locked`));
    default:
      return formatUnanswered(unlock);
  }
}
