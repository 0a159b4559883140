import type { CommandModule } from 'yargs';
import { type Pong, pingHosts } from '../operations/ping.ts';
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

/** `sluice ping`: can each gateway be managed? */
export const pingCommand: CommandModule<object, HostsArguments> = {
  command: 'ping [pattern]',
  describe: 'Can each gateway be managed: SSH, become, tools, iptables backend, lock? Changes nothing',
  builder: (yargs) =>
    yargs
      .positional('pattern', { type: 'string', default: 'all', describe: 'Host pattern' })
      .options(hostsOptions)
      .example('$0 ping -i inventories/prod', 'every host of the inventory')
      .example("$0 ping -i prod 'edge:!retired' -b -u deploy", 'some of them, through sudo')
      .epilogue(exitCodes),
  handler: async (args) => {
    const show = args.json ? (pong: Pong) => JSON.stringify(asJson(pong)) : formatPong;
    const pongs = await pingHosts(await hostsRequest(args), (pong) =>
      process.stdout.write(`${show(pong)}\n`),
    );
    process.exitCode = hostsExitCode(pongs.map(({ kind }) => kind));
  },
};

function formatPong(pong: Pong): string {
  if (pong.kind !== 'ok') return formatUnanswered(pong);
  const colours = stdoutColours();
  const fact = (name: string) => pong.facts.get(name) ?? '?';
  const facts = `${fact('iptables')}, kernel ${fact('kernel')}, trials detach with ${fact('detach')}`;
  const warnings = pong.warnings.map((problem) => colours.yellow(`\n    ${visible(problem.message)}`));
  return `${colours.green(visible(`${pong.host} | ok => ${facts}`))}${warnings.join('')}`;
}

function asJson(pong: Pong): object {
  return pong.kind === 'ok' ? { ...pong, facts: Object.fromEntries(pong.facts) } : pong;
}
