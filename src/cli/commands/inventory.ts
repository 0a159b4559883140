import type { CommandModule, InferredOptionTypes } from 'yargs';
import { formatGraph } from '../../inventory/graph.ts';
import { formatHost, formatList } from '../../inventory/list-output.ts';
import type { Host } from '../../inventory/model.ts';
import { limitHosts, matchHosts, noHostsProblem } from '../../inventory/patterns.ts';
import { ProblemsError } from '../../problem.ts';
import { loadExtraVars } from '../../project/extra-vars.ts';
import { type LoadedInventory, loadInventory, withoutPlaybook } from '../../project/inventory.ts';
import { inventorySources } from '../../project/inventory-sources.ts';
import type { LoadedSettings } from '../../project/settings.ts';
import type { Vault } from '../../vault/vault.ts';
import { loadLimit, missingOf } from '../operations/limit.ts';
import { inventoryOption, varsOptions, vaultOptions } from '../options.ts';
import { ownSettings } from '../settings.ts';
import { text } from '../values.ts';
import { formatWarning } from '../warning.ts';
import { vaultOf } from './vault.ts';

/** What `sluice inventory` was asked for. */
export type InventoryArguments = {
  readonly inventory: readonly string[];
  readonly list?: boolean | undefined;
  readonly graph?: boolean | undefined;
  readonly host?: string | undefined;
  /** The group at the top of the graph. */
  readonly group?: string | undefined;
  readonly vars?: boolean | undefined;
  readonly limit?: string | undefined;
  readonly 'extra-vars'?: readonly string[] | undefined;
  readonly 'playbook-dir'?: string | undefined;
};

type Arguments = InventoryArguments & InferredOptionTypes<typeof vaultOptions>;

/** Where the command reads and writes. */
export type InventoryWorld = {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly settings: LoadedSettings;
  readonly cwd: string;
  readonly vault: Vault;
};

/** `sluice inventory`: shows hosts, groups and variables as ansible-inventory does. */
export const inventoryCommand: CommandModule<object, Arguments> = {
  command: 'inventory [group]',
  describe: 'Show the hosts, groups and variables of the inventory',
  builder: (yargs) =>
    yargs
      .positional('group', { type: 'string', describe: 'The group at the top of --graph' })
      .options({ ...inventoryOption, ...varsOptions, ...vaultOptions })
      .option('list', { type: 'boolean', describe: 'Everything, as the JSON of ansible-inventory --list' })
      .option('graph', { type: 'boolean', describe: 'The tree of groups and hosts' })
      .option('host', {
        type: 'string',
        requiresArg: true,
        coerce: text('--host'),
        describe: "One host's variables",
      })
      .option('vars', { type: 'boolean', describe: 'Show variables in --graph' })
      .option('playbook-dir', {
        type: 'string',
        requiresArg: true,
        coerce: text('--playbook-dir'),
        describe: 'Read group_vars and host_vars of this folder too (the working directory)',
      })
      .example('$0 inventory --graph', 'the tree of groups and hosts')
      .example('$0 inventory --host gw1 -i prod', 'the variables of one host')
      .check(checkMode),
  handler: async (args) => {
    const settings = await ownSettings();
    await showInventory(args, {
      stdout: process.stdout,
      stderr: process.stderr,
      settings,
      cwd: process.cwd(),
      vault: vaultOf(args, settings.settings),
    });
  },
};

/**
 * Writes what was asked for to stdout, and warnings to stderr.
 * @throws ProblemsError where the inventory can't be loaded, or a pattern or host is not in it
 */
export async function showInventory(args: InventoryArguments, world: InventoryWorld): Promise<void> {
  const { stdout, stderr, cwd, vault } = world;
  const { settings, warnings } = world.settings;
  const playbookFolder = args['playbook-dir'] ?? withoutPlaybook(settings);
  const sources = await inventorySources({ named: args.inventory, settings, cwd });
  const inventory = await loadInventory({
    sources,
    cwd,
    settings,
    vault,
    extraVars: await loadExtraVars(args['extra-vars'] ?? [], vault),
    playbookFolder,
  });
  for (const warning of [...warnings, ...inventory.warnings]) stderr.write(formatWarning(warning));
  const hosts = await shownHosts(inventory, args.limit, cwd);
  if (args.host !== undefined) stdout.write(formatHost(requireHost(inventory, args.host)));
  else if (args.graph) stdout.write(graphText(inventory, hosts, args));
  else stdout.write(formatList(inventory, hosts));
}

async function shownHosts(
  inventory: LoadedInventory,
  limit: string | undefined,
  cwd: string,
): Promise<readonly Host[]> {
  const { hosts } = matchHosts(inventory, 'all');
  if (limit === undefined) return hosts;
  const parts = await loadLimit(limit, cwd);
  const limited = limitHosts(inventory, hosts, parts);
  for (const warning of missingOf(parts, inventory)) process.stderr.write(formatWarning(warning));
  const problem = noHostsProblem(inventory, limit, limited, parts);
  if (problem !== undefined) throw new ProblemsError([problem]);
  return limited.hosts;
}

function graphText(
  inventory: LoadedInventory,
  hosts: readonly Host[],
  { group = 'all', vars }: InventoryArguments,
): string {
  if (!inventory.groups.has(group)) {
    const remedy = `Groups are: ${[...inventory.groups.keys()].join(', ')}.`;
    throw new ProblemsError([{ code: 'unknown-group', message: `there is no group "${group}"`, remedy }]);
  }
  return formatGraph(inventory, { top: group, hosts, ...(vars && { groupVars: inventory.groupVars }) });
}

function requireHost(inventory: LoadedInventory, name: string): Host {
  const host = inventory.hosts.get(name);
  if (host !== undefined) return host;
  const problem = noHostsProblem(inventory, name, { hosts: [], unmatched: [name] });
  throw new ProblemsError(problem === undefined ? [] : [problem]);
}

function checkMode({ list, graph, host, group, vars }: InventoryArguments): true {
  const modes = [list, graph, host !== undefined].filter(Boolean).length;
  if (modes !== 1) throw new Error('Say one of --list, --graph or --host NAME.');
  if (group !== undefined && !graph) throw new Error(`A group ("${group}") belongs to --graph.`);
  if (vars && !graph) throw new Error('--vars belongs to --graph; --list and --host show variables anyway.');
  return true;
}
