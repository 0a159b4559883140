import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CommandModule, InferredOptionTypes } from 'yargs';
import { ProblemsError } from '../../problem.ts';
import { prepareProject, type RenderedHost } from '../operations/prepare.ts';
import { inventoryOption, tagOptions, varsOptions, vaultOptions } from '../options.ts';
import { ownSettings } from '../settings.ts';
import { text } from '../values.ts';
import { formatWarning } from '../warning.ts';
import { tagChoice } from './run.ts';
import { vaultOf } from './vault.ts';

const options = {
  ...inventoryOption,
  ...varsOptions,
  ...vaultOptions,
  ...tagOptions,
  output: {
    alias: 'o',
    type: 'string',
    requiresArg: true,
    coerce: text('--output'),
    describe: 'Write HOST.FAMILY.rules, HOST.ipsets and HOST.sysctls into this folder instead of to stdout',
  },
} as const;

/** `sluice render`: what iptables-restore, ipset and sysctl would be given, host by host; no connection is made. */
export const renderCommand: CommandModule<
  object,
  InferredOptionTypes<typeof options> & { readonly playbook: string }
> = {
  command: 'render <playbook>',
  describe: 'Print the rules, ipsets and sysctls each gateway would be given; offline',
  builder: (yargs) =>
    yargs
      .positional('playbook', { type: 'string', demandOption: true, describe: 'The playbook, a YAML file' })
      .options(options)
      .example('$0 render -i inventories/prod playbooks/edge.yml -l gw-fra-1', 'the rules of one gateway')
      .example('$0 render -i prod playbooks/edge.yml -o rendered', 'a file for each host and family'),
  handler: async (args) => {
    const settings = await ownSettings();
    const project = await prepareProject({
      playbook: args.playbook,
      inventory: args.inventory,
      limit: args.limit,
      extraVars: args['extra-vars'],
      tags: tagChoice(args),
      vault: vaultOf(args, settings.settings),
      allowsParts: true,
      cwd: process.cwd(),
      settings,
    });
    for (const warning of project.warnings) process.stderr.write(formatWarning(warning));
    if (args.output !== undefined) await makeFolder(args.output);
    for (const play of project.plays) {
      for (const host of play.hosts) {
        for (const { kind, suffix, text: shown } of partsOf(project.render(play.id, host))) {
          const title = `# ${host}, ${kind}, play ${play.id}\n`;
          if (args.output === undefined) process.stdout.write(`${title}${shown}\n`);
          else
            await writeFile(
              path.join(args.output, fileName(host, play.id, suffix, project.plays.length)),
              title + shown,
            );
        }
      }
    }
  },
};

/** Each part of what a gateway would be given, in the language of the tool that it is for. */
function partsOf({ rulesets, sets, sysctls }: RenderedHost) {
  const ofSets = sets.flatMap((set) => [set.create, ...set.members]);
  const ofSysctls = sysctls.map(({ key, value }) => `${key} = ${value}`);
  const textOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
  return [
    ...rulesets.map(({ family, text }) => ({ kind: family, suffix: `${family}.rules`, text })),
    { kind: 'ipsets', suffix: 'ipsets', text: textOf(ofSets) },
    { kind: 'sysctls', suffix: 'sysctls', text: textOf(ofSysctls) },
  ].filter(({ text }) => text !== '');
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProblemsError([
      {
        code: 'unwritable-output',
        file: folder,
        message: `can't make this folder: ${reason}`,
        remedy: 'Name another one after -o.',
      },
    ]);
  }
}

function fileName(host: string, play: string, suffix: string, plays: number): string {
  const safe = host.replace(/[^A-Za-z0-9._-]/g, (character) => `%${character.codePointAt(0)?.toString(16)}`);
  return [safe, ...(plays > 1 ? [play] : []), suffix].join('.');
}
