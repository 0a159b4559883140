import type { CommandModule } from 'yargs';
import { ProblemsError } from '../../problem.ts';
import { type AdoptEnd, adoptHosts } from '../operations/adopt.ts';
import { text } from '../values.ts';
import { visible, visibleLines } from '../views/visible.ts';
import { formatAdoption, formatFound } from './adoption.ts';
import {
  formatUnanswered,
  type HostsArguments,
  hostsExitCode,
  hostsOptions,
  hostsRequest,
  stdoutColours,
} from './hosts.ts';
import { exitCodes } from './run.ts';

const options = {
  ...hostsOptions,
  output: {
    alias: 'o',
    type: 'string',
    default: '.',
    requiresArg: true,
    coerce: text('--output'),
    describe: 'Folder of the project that gets playbooks/NAME.yml and templates/NAME/',
  },
  name: {
    type: 'string',
    default: 'adopted',
    requiresArg: true,
    coerce: text('--name'),
    describe: 'Name of the playbook and of the folder of its templates',
  },
  json: { type: 'boolean', default: false, describe: 'One JSON object a host, then one of the files' },
} as const;

/** `sluice adopt`: from what runs to files that want just that. */
export const adoptCommand: CommandModule<
  object,
  HostsArguments & { readonly output: string; readonly name: string }
> = {
  command: 'adopt [pattern]',
  describe:
    'Write a playbook and templates that want exactly what each gateway has now; changes nothing there, writes over nothing here',
  builder: (yargs) =>
    yargs
      .positional('pattern', { type: 'string', default: 'all', describe: 'Host pattern' })
      .options(options)
      .example('$0 adopt -i inventories/prod', 'every host of the inventory, into this project')
      .example(
        "$0 adopt -i prod 'edge:!lab' --name edge -o fleet",
        'some of them, into fleet/playbooks/edge.yml',
      )
      .epilogue(exitCodes),
  handler: async (args) => {
    if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(args.name)) throw new ProblemsError([badName(args.name)]);
    const request = await hostsRequest(args);
    const end = await adoptHosts({ ...request, folder: args.output, name: args.name });
    if (args.json) {
      for (const host of end.hosts) process.stdout.write(`${JSON.stringify(asJson(host))}\n`);
      process.stdout.write(`${JSON.stringify({ kind: 'written', files: end.written })}\n`);
    } else show(end, args.inventory);
    process.exitCode = hostsExitCode(end.hosts.map(({ kind }) => kind));
  },
};

function show(end: AdoptEnd, inventory: readonly string[]): void {
  const colours = stdoutColours();
  for (const host of end.hosts) {
    if ('problem' in host) {
      process.stdout.write(`${formatUnanswered(host)}\n`);
      continue;
    }
    const [headline = '', ...notes] = formatFound(host).map(visible);
    process.stdout.write(
      `${colours.green(headline)}\n${notes.map((note) => `${colours.magenta(note)}\n`).join('')}`,
    );
  }
  process.stdout.write(`${visibleLines(formatAdoption(end, inventory).join('\n'))}\n`);
}

/** Without the rules: they are in the files. */
function asJson(host: AdoptEnd['hosts'][number]): object {
  if (host.kind !== 'adopted') return host;
  const { adopted, ...rest } = host;
  const tables = adopted.tables.map(({ family, name, chains }) => ({
    family,
    name,
    rules: chains.reduce((sum, { rules }) => sum + rules.length, 0),
  }));
  return {
    ...rest,
    tables,
    sets: adopted.sets.map(({ name }) => name),
    sysctls: adopted.sysctls,
    keep: adopted.keep,
  };
}

function badName(name: string) {
  return {
    code: 'usage',
    message: `--name is ${JSON.stringify(name)}: it becomes the name of a file and of a folder`,
    remedy: 'Write letters, digits, "-", "_" and ".", not beginning with "-" or ".".',
  };
}
