import pc from 'picocolors';
import type { CommandModule, InferredOptionTypes } from 'yargs';
import { formatProblem, type Problem } from '../../problem.ts';
import { type Pong, pingHosts } from '../operations/ping.ts';
import { connectionOptions, inventoryOption, varsOptions } from '../options.ts';
import { visible, visibleLines } from '../views/visible.ts';
import { formatWarning } from '../warning.ts';
import { connectionFlags, exitCodes } from './apply.ts';

const options = {
  ...inventoryOption,
  ...varsOptions,
  ...connectionOptions,
  json: { type: 'boolean', default: false, describe: 'One JSON object a host and line' },
} as const;

/** `sluice ping`: can each gateway be managed? */
export const pingCommand: CommandModule<
  object,
  InferredOptionTypes<typeof options> & { readonly pattern: string }
> = {
  command: 'ping [pattern]',
  describe: 'Can each gateway be managed: SSH, become, tools, iptables backend, lock? Changes nothing',
  builder: (yargs) =>
    yargs
      .positional('pattern', { type: 'string', default: 'all', describe: 'Host pattern' })
      .options(options)
      .example('$0 ping -i inventories/prod', 'every host of the inventory')
      .example("$0 ping -i prod 'edge:!retired' -b -u deploy", 'some of them, through sudo')
      .epilogue(exitCodes),
  handler: async (args) => {
    const { pattern, inventory, limit, 'extra-vars': extraVars, forks, json } = args;
    const warn = (warning: Problem) => process.stderr.write(formatWarning(warning));
    const connection = { forks, flags: connectionFlags(args) };
    const request = {
      pattern,
      inventory,
      limit,
      extraVars,
      ...connection,
      warn,
      cwd: process.cwd(),
      env: process.env,
    };
    const show = json ? (pong: Pong) => JSON.stringify(asJson(pong)) : formatPong;
    const pongs = await pingHosts(request, (pong) => process.stdout.write(`${show(pong)}\n`));
    process.exitCode = pongs.some(({ kind }) => kind === 'failed')
      ? 2
      : pongs.some(({ kind }) => kind === 'unreachable')
        ? 4
        : 0;
  },
};

function formatPong(pong: Pong): string {
  const colours = pc.createColors(process.stdout.isTTY === true && !process.env.NO_COLOR);
  if (pong.kind !== 'ok') {
    const word = pong.kind === 'failed' ? 'FAILED' : 'UNREACHABLE';
    const { host, ...problem } = pong.problem;
    return colours.red(visibleLines(`${pong.host} | ${word}! => ${formatProblem(problem)}`));
  }
  const fact = (name: string) => pong.facts.get(name) ?? '?';
  const facts = `${fact('iptables')}, kernel ${fact('kernel')}, trials detach with ${fact('detach')}`;
  const warnings = pong.warnings.map((problem) => colours.yellow(`\n    ${visible(problem.message)}`));
  return `${colours.green(visible(`${pong.host} | ok => ${facts}`))}${warnings.join('')}`;
}

function asJson(pong: Pong): object {
  return pong.kind === 'ok' ? { ...pong, facts: Object.fromEntries(pong.facts) } : pong;
}
