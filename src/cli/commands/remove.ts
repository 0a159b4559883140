import type { CommandModule } from 'yargs';
import { ProblemsError } from '../../problem.ts';
import { type HostRemoval, type RulesFate, removeFromHosts } from '../operations/remove.ts';
import { lockOption } from '../options.ts';
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

type RemoveArguments = HostsArguments & {
  readonly reset: boolean;
  readonly 'restore-first': boolean;
  readonly 'lock-wait': number | undefined;
};

/** `sluice remove`: takes sluice off gateways. */
export const removeCommand: CommandModule<object, RemoveArguments> = {
  command: 'remove <pattern>',
  describe:
    "Take sluice's files and boot unit off gateways, one after the other; with a flag its rules too, through a transaction",
  builder: (yargs) =>
    yargs
      .positional('pattern', { type: 'string', demandOption: true, describe: 'Host pattern' })
      .options(hostsOptions)
      .options(lockOption)
      .option('reset', {
        type: 'boolean',
        default: false,
        describe: 'Empty the tables and sets that plays own; sysctls stay as they are',
      })
      .option('restore-first', {
        type: 'boolean',
        default: false,
        describe: "Put back what was before each play's first change",
      })
      .example('$0 remove -i prod gw-fra-1 --restore-first', 'as if sluice had never been there')
      .example('$0 remove -i prod gw-fra-1', 'the rules stay live; the next boot is yours')
      .epilogue(exitCodes),
  handler: async (args) => {
    if (args.reset && args['restore-first']) throw new ProblemsError([bothFlags]);
    const rules: RulesFate = args.reset ? 'reset' : args['restore-first'] ? 'restore_first' : 'keep';
    const show = args.json
      ? (one: HostRemoval) => JSON.stringify(one)
      : (one: HostRemoval) => formatRemoval(one, rules);
    const request = { ...(await hostsRequest(args)), rules, lockWaitMs: args['lock-wait'] ?? 0 };
    const all = await removeFromHosts(request, (one) => process.stdout.write(`${show(one)}\n`));
    process.exitCode = hostsExitCode(all.map(({ kind }) => kind));
  },
};

const bothFlags = {
  code: 'usage',
  message: '--reset and --restore-first ask for two things at once',
  remedy: 'Give one of them: --reset empties what plays own, --restore-first puts back what was before.',
};

const fates: Readonly<Record<RulesFate, string>> = {
  keep: 'its rules are live still, and nothing of sluice loads them at the next boot',
  reset: 'its tables and sets are empty',
  restore_first: 'everything is as it was before its first change',
};

function formatRemoval(removal: HostRemoval, rules: RulesFate): string {
  const colours = stdoutColours();
  switch (removal.kind) {
    case 'removed': {
      const { host, plays } = removal;
      const fate =
        plays.length === 0 ? 'no play had confirmed anything' : `${plays.join(', ')}: ${fates[rules]}`;
      return colours.yellow(visible(`${host} | removed => ${fate}`));
    }
    case 'absent':
      return colours.green(visible(`${removal.host} | ok => sluice was not there`));
    case 'notStarted':
      return visible(`${removal.host} | not started => a host before it failed`);
    default:
      return formatUnanswered(removal);
  }
}
