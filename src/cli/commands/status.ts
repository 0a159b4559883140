import type { CommandModule } from 'yargs';
import { formatProblem } from '../../problem.ts';
import { type HostStatus, type Settled, statusOfHosts } from '../operations/status.ts';
import { visible, visibleLines } from '../views/visible.ts';
import {
  formatUnanswered,
  type HostsArguments,
  hostsExitCode,
  hostsOptions,
  hostsRequest,
  stdoutColours,
} from './hosts.ts';
import { exitCodes } from './run.ts';
import { formatStanding, formatTransactions } from './standing.ts';

const options = {
  ...hostsOptions,
  verbose: { alias: 'v', type: 'count', describe: 'List the transactions, too' },
} as const;

/** `sluice status`: what does each gateway say of its transactions? */
export const statusCommand: CommandModule<object, HostsArguments & { readonly verbose: number }> = {
  command: 'status [pattern]',
  describe:
    'What does each gateway say of its transactions and its lock? Ends only what is overdue and has nobody left to end it',
  builder: (yargs) =>
    yargs
      .positional('pattern', { type: 'string', default: 'all', describe: 'Host pattern' })
      .options(options)
      .example('$0 status -i inventories/prod', 'every host of the inventory')
      .example('$0 status -i prod gw-fra-1 -v', 'one of them, with its transactions')
      .epilogue(exitCodes),
  handler: async (args) => {
    const show = args.json
      ? (status: HostStatus) => JSON.stringify(status)
      : (status: HostStatus) => formatStatus(status, args.verbose > 0);
    const all = await statusOfHosts(await hostsRequest(args), (status) =>
      process.stdout.write(`${show(status)}\n`),
    );
    process.exitCode = hostsExitCode(all.map(({ kind }) => kind));
  },
};

function formatStatus(status: HostStatus, isVerbose: boolean): string {
  if (!('report' in status)) return formatUnanswered(status);
  const { kind, host, report, settled, problems } = status;
  const colours = stdoutColours();
  const headline = visible(`${host} | ${kind === 'ok' ? 'ok' : 'ATTENTION!'} => ${formatStanding(report)}`);
  return [
    kind === 'ok' ? colours.green(headline) : colours.red(headline),
    ...settled.map((one) => colours.yellow(visible(`    ${formatSettled(one)}`))),
    ...problems.map(({ host: _, ...problem }) =>
      colours.red(visibleLines(formatProblem(problem)).replace(/^/gm, '    ')),
    ),
    ...(isVerbose ? formatTransactions(report).map((line) => visible(`    ${line}`)) : []),
  ].join('\n');
}

function formatSettled({ token, due, state }: Settled): string {
  const ended = `is ${state.replace('_', ' ')} now`;
  return due === 'lost_reboot'
    ? `transaction ${token} was cut by a reboot: it ${ended}`
    : `transaction ${token} was overdue, its runner and guard dead: it was ended by this look, and ${ended}`;
}
