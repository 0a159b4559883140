import pc from 'picocolors';
import type { InferredOptionTypes } from 'yargs';
import { formatProblem, type Problem } from '../../problem.ts';
import type { HostsRequest, Unanswered } from '../operations/each-host.ts';
import { connectionOptions, inventoryOption, varsOptions, vaultOptions } from '../options.ts';
import { forksOf, ownSettings, withSettings } from '../settings.ts';
import { visibleLines } from '../views/visible.ts';
import { formatWarning } from '../warning.ts';
import { connectionFlags } from './run.ts';
import { vaultOf } from './vault.ts';

/** Flags of the commands that ask every host of a pattern. */
export const hostsOptions = {
  ...inventoryOption,
  ...varsOptions,
  ...vaultOptions,
  ...connectionOptions,
  json: { type: 'boolean', default: false, describe: 'One JSON object a host and line' },
} as const;

export type HostsArguments = InferredOptionTypes<typeof hostsOptions> & { readonly pattern: string };

/** Of a command that doesn't log in to the hosts, without the flags for that. */
export async function hostsRequest(
  args: Partial<HostsArguments> &
    Pick<HostsArguments, 'pattern' | 'inventory' | 'extra-vars' | 'forks' | keyof typeof vaultOptions>,
): Promise<HostsRequest> {
  const { pattern, inventory, limit, 'extra-vars': extraVars } = args;
  const settings = await ownSettings();
  return {
    pattern,
    inventory,
    limit,
    extraVars,
    vault: vaultOf(args, settings.settings),
    forks: forksOf(args, settings.settings),
    flags: withSettings(connectionFlags(args), settings.settings),
    warn: (warning: Problem) => process.stderr.write(formatWarning(warning)),
    cwd: process.cwd(),
    settings,
  };
}

/** 2 where a gateway refused, or a person must see to it; 4 where some were unreachable, and nothing else. */
export function hostsExitCode(kinds: readonly string[]): number {
  if (kinds.some((kind) => kind === 'failed' || kind === 'attention')) return 2;
  return kinds.includes('unreachable') ? 4 : 0;
}

export function stdoutColours(): ReturnType<typeof pc.createColors> {
  return pc.createColors(process.stdout.isTTY === true && !process.env.NO_COLOR);
}

/** `gw1 | UNREACHABLE! => …`, as Ansible says it. */
export function formatUnanswered({ kind, host, problem }: Unanswered): string {
  const word = kind === 'failed' ? 'FAILED' : 'UNREACHABLE';
  const { host: _, ...rest } = problem;
  return stdoutColours().red(visibleLines(`${host} | ${word}! => ${formatProblem(rest)}`));
}
