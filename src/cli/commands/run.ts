import type { Argv, InferredOptionTypes } from 'yargs';
import type { SavedPlan } from '../../plan/saved-plan.ts';
import type { TagChoice } from '../../playbook/tags.ts';
import type { LoadedSettings } from '../../project/settings.ts';
import { runPlaybook } from '../operations/apply.ts';
import type { PasswordSource } from '../operations/passwords.ts';
import type { ProjectRequest } from '../operations/prepare.ts';
import { requestOf } from '../operations/prepare-saved.ts';
import type { ReachFlags } from '../operations/reach.ts';
import {
  connectionOptions,
  inventoryOption,
  tagOptions,
  varsOptions,
  vaultOptions,
  viewOptions,
} from '../options.ts';
import { forksOf, ownSettings, withSettings } from '../settings.ts';
import { chooseView } from '../views/choose.ts';
import { systemClock } from '../views/clock.ts';
import { createView } from '../views/create.ts';
import { outputOption, outputsOf } from './output.ts';
import { vaultOf } from './vault.ts';

const runOptions = {
  ...inventoryOption,
  ...varsOptions,
  ...vaultOptions,
  ...tagOptions,
  ...connectionOptions,
  ...viewOptions,
  ...outputOption,
} as const;

export type RunArguments = InferredOptionTypes<typeof runOptions> & {
  readonly playbook: string;
  readonly 'take-over': boolean;
};
/** What every exit code means, for `--help`. */
export const exitCodes =
  'Exit codes: 0 done, or nothing to do; 1 could not run (usage, files); 2 hosts failed or were rolled back, or a gate ' +
  'halted; 3 drift found differences, plan --detailed-exitcode changes, apply --only-drifted contested gateways, ' +
  'hostkeys scan keys that were not added, or lint findings; 4 hosts unreachable, and nothing else; 5 waiting for approval; 130 interrupted';

/** The flags of every command that changes gateways by a playbook, or shows what that would do. */
export function withRunOptions(yargs: Argv<object>) {
  return withLookOptions(yargs).option('take-over', {
    type: 'boolean',
    default: false,
    describe: 'Replace tables and chains that sluice never wrote (look at the plan first)',
  });
}

/** Those of a command that only looks at what a playbook says. */
export function withLookOptions(yargs: Argv<object>) {
  return withOptionsAlone(yargs).positional('playbook', {
    type: 'string',
    demandOption: true,
    describe: 'The playbook, a YAML file',
  });
}

/** Those of them that a command without rules takes, too. */
export function withOptionsAlone(yargs: Argv<object>) {
  return yargs.options(runOptions);
}

/** What only some of the commands say of a run. */
export type RunManner = {
  readonly mode: 'apply' | 'plan' | 'drift' | 'verify';
  readonly diff: boolean;
  readonly onlyDrifted?: boolean;
  readonly out?: string | undefined;
  readonly savedPlan?: SavedPlan | undefined;
  readonly reason?: string | undefined;
  readonly lockWaitMs?: number | undefined;
};

/** How a run is shown, and what it leaves for others to read. */
export async function runShown(
  args: InferredOptionTypes<typeof viewOptions> & InferredOptionTypes<typeof outputOption>,
  isDiffShown: boolean,
) {
  const outputs = outputsOf(args.output);
  const settings = await ownSettings();
  const { progress, json, verbose: verbosity } = args;
  const choice = chooseView({ progress, json, env: process.env, stream: process.stdout });
  const screen = { stream: process.stdout, colour: choice.colour, verbosity, diff: isDiffShown };
  return { outputs, settings, kind: choice.kind, view: createView(choice.kind, screen, systemClock) };
}

export async function runWith(args: RunArguments, manner: RunManner) {
  const { mode, diff, onlyDrifted = false, out, savedPlan, reason, lockWaitMs = 0 } = manner;
  const { outputs, settings, kind, view } = await runShown(args, diff);
  const project = projectOf(args, settings);
  return runPlaybook({
    mode,
    onlyDrifted,
    outputs,
    lockWaitMs,
    out,
    savedPlan,
    project: savedPlan === undefined ? project : requestOf(savedPlan, project),
    flags: withSettings(connectionFlags(args), settings.settings),
    forks: forksOf(args, settings.settings),
    takeOver: savedPlan?.takeOver ?? args['take-over'],
    argv: redactedArgv(process.argv.slice(2), args['extra-vars']),
    reason,
    isUnattended: kind === 'json',
    planFile: savedPlan === undefined ? undefined : args.playbook,
    view,
  });
}

/** What the flags say of files and hosts. */
export function projectOf(args: RunArguments, settings: LoadedSettings): ProjectRequest {
  return {
    playbook: args.playbook,
    inventory: args.inventory,
    extraVars: args['extra-vars'],
    tags: tagChoice(args),
    limit: args.limit,
    vault: vaultOf(args, settings.settings),
    cwd: process.cwd(),
    settings,
  };
}

/** `-e` may hold secrets: the journal names the variables, not their values, however the flag was spelled. */
export function redactedArgv(argv: readonly string[], extraVars: readonly string[]): readonly string[] {
  // The longest first: one value may be the end of another.
  const values = extraVars
    .filter((value) => value !== '' && !value.startsWith('@'))
    .toSorted((a, b) => b.length - a.length);
  const redacted = (value: string) => value.replace(/([=:]\s*).*/s, '$1…');
  return argv.map((word) => {
    const value = values.find((candidate) => word.endsWith(candidate));
    return value === undefined ? word : word.slice(0, -value.length) + redacted(value);
  });
}

export function tagChoice({ tags, 'skip-tags': skip }: InferredOptionTypes<typeof tagOptions>): TagChoice {
  const split = (list: string) => list.split(',').map((tag) => tag.trim());
  return {
    ...(tags === undefined ? {} : { only: split(tags) }),
    ...(skip === undefined ? {} : { skip: split(skip) }),
  };
}

export function connectionFlags(args: Partial<InferredOptionTypes<typeof connectionOptions>>): ReachFlags {
  const connection = passwordSource(args['ask-pass'], args['connection-password-file']);
  const become = passwordSource(args['ask-become-pass'], args['become-password-file']);
  return {
    ...(args.user === undefined ? {} : { user: args.user }),
    ...(args.become === undefined ? {} : { become: args.become }),
    passwordsFrom: {
      ...(connection === undefined ? {} : { connection }),
      ...(become === undefined ? {} : { become }),
    },
    ...(args['private-key'] === undefined ? {} : { privateKeyFile: args['private-key'] }),
    ...(args.timeout === undefined ? {} : { timeoutSeconds: args.timeout }),
    ...(args['ssh-common-args'] === undefined ? {} : { sshCommonArgs: args['ssh-common-args'] }),
    ...(args['ssh-extra-args'] === undefined ? {} : { sshExtraArgs: args['ssh-extra-args'] }),
  };
}

function passwordSource(isAsked: boolean | undefined, file: string | undefined): PasswordSource | undefined {
  if (isAsked) return { kind: 'terminal' };
  return file === undefined ? undefined : { kind: 'file', file };
}
