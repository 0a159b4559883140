import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Problem } from '../../../problem.ts';
import { namesRun } from '../../../project/inventory-limit.ts';
import type { LoadedSettings } from '../../../project/settings.ts';
import type { Settings } from '../../../settings/settings.ts';

/** What is typed after `schedule install`, as yargs gives it. */
export type WorkFlags = {
  readonly playbook: string;
  readonly inventory: readonly string[];
  readonly limit?: string | undefined;
  readonly 'extra-vars': readonly string[];
  /** `FORMAT=FILE` */
  readonly output: readonly string[];
  readonly 'vault-id': readonly string[];
  readonly 'vault-password-file': readonly string[];
  readonly 'ask-vault-password': boolean;
  readonly forks?: number | undefined;
  readonly user?: string | undefined;
  readonly become?: boolean | undefined;
  readonly 'ask-pass'?: boolean | undefined;
  readonly 'ask-become-pass'?: boolean | undefined;
  readonly 'connection-password-file'?: string | undefined;
  readonly 'become-password-file'?: string | undefined;
  readonly 'private-key'?: string | undefined;
  readonly timeout?: number | undefined;
  readonly 'ssh-common-args'?: string | undefined;
  readonly 'ssh-extra-args'?: string | undefined;
};

/** The flags with every path absolute: what runs later has no shell, and shows what it reads. */
export function absoluteFlags<T extends WorkFlags>(flags: T, cwd: string): T {
  const whole = (file: string) => path.resolve(cwd, file.replace(/^~(?=\/|$)/, homedir()));
  const after = (sign: string, text: string) => {
    const at = text.indexOf(sign) + sign.length;
    return text.slice(0, at) + whole(text.slice(at));
  };
  const some = (file: string | undefined) => (file === undefined || file === '-' ? file : whole(file));
  return {
    ...flags,
    playbook: whole(flags.playbook),
    inventory: flags.inventory.map((source) => (source.includes(',') ? source : whole(source))),
    limit: namesFile(flags.limit) ? after('@', flags.limit) : flags.limit,
    'extra-vars': flags['extra-vars'].map((text) => (text.startsWith('@') ? after('@', text) : text)),
    output: flags.output.map((text) => after('=', text)),
    'vault-id': flags['vault-id'].map((id) =>
      isPrompt(id) ? id : id.includes('@') ? after('@', id) : whole(id),
    ),
    'vault-password-file': flags['vault-password-file'].map(whole),
    'connection-password-file': some(flags['connection-password-file']),
    'become-password-file': some(flags['become-password-file']),
    'private-key': some(flags['private-key']),
  };
}

/** The words after `sluice drift` or `sluice apply`, of flags that are absolute. */
export function workWords(flags: WorkFlags, enforce: boolean): readonly string[] {
  // Written as one word, a value may begin with a dash.
  const one = (name: string, value: string | number | undefined) =>
    value === undefined ? [] : [`--${name}=${value}`];
  const each = (name: string, values: readonly string[]) => values.flatMap((value) => [`--${name}`, value]);
  return [
    ...(enforce ? ['apply', '--only-drifted'] : ['drift']),
    ...each('inventory', flags.inventory),
    ...one('limit', flags.limit),
    ...each('extra-vars', flags['extra-vars']),
    ...each('output', flags.output),
    ...each('vault-id', flags['vault-id']),
    ...each('vault-password-file', flags['vault-password-file']),
    ...one('forks', flags.forks),
    ...one('user', flags.user),
    ...(flags.become === undefined ? [] : [flags.become ? '--become' : '--no-become']),
    ...one('connection-password-file', flags['connection-password-file']),
    ...one('become-password-file', flags['become-password-file']),
    ...one('private-key', flags['private-key']),
    ...one('timeout', flags.timeout),
    ...one('ssh-common-args', flags['ssh-common-args']),
    ...one('ssh-extra-args', flags['ssh-extra-args']),
    flags.playbook,
  ];
}

/** Everything that would be otherwise when nobody is there: questions, this shell's environment, secrets that all may read. */
export async function unattendedProblems(
  flags: WorkFlags,
  { settings }: Pick<LoadedSettings, 'settings'>,
  env: NodeJS.ProcessEnv,
): Promise<readonly Problem[]> {
  return [
    ...questionProblems(flags, settings),
    ...flags['extra-vars'].filter((text) => !text.startsWith('@')).map(inlineVars),
    ...environmentProblems(settings, env),
    ...(await missingFiles(flags)),
  ];
}

function questionProblems(flags: WorkFlags, settings: Settings): readonly Problem[] {
  const connection = '--connection-password-file FILE, or ansible_password in the inventory, in a vault';
  const become = '--become-password-file FILE, or ansible_become_password in the inventory, in a vault';
  const vault =
    '--vault-password-file FILE: a file that only you may read, or a program that prints the password';
  const configured = (name: 'askPass' | 'becomeAskPass' | 'askVaultPass', isTyped: boolean | undefined) => {
    const { value, origin } = settings[name];
    return !isTyped && value === true && origin.kind === 'file'
      ? { file: origin.file, line: origin.line }
      : undefined;
  };
  const question = (
    flag: string,
    isTyped: boolean | undefined,
    name: 'askPass' | 'becomeAskPass' | 'askVaultPass',
    remedy: string,
  ): readonly Problem[] => {
    const place = configured(name, isTyped);
    const what = isTyped ? flag : place && 'what is set here';
    return what === undefined ? [] : [asks(what, remedy, place)];
  };
  const ids = [...flags['vault-id'], ...(settings.vaultIdentityList.value ?? [])].filter(isPrompt);
  return [
    ...question('-k', flags['ask-pass'], 'askPass', connection),
    ...question('-K', flags['ask-become-pass'], 'becomeAskPass', become),
    ...question('--ask-vault-password', flags['ask-vault-password'], 'askVaultPass', vault),
    ...ids.map((id) => asks(`the vault id ${id}`, vault)),
    ...(flags['connection-password-file'] === '-' ? [asks('--connection-password-file -', connection)] : []),
    ...(flags['become-password-file'] === '-' ? [asks('--become-password-file -', become)] : []),
  ];
}

function asks(what: string, remedy: string, place: object = {}): Problem {
  const message = `${what} needs a person, and a scheduled run has none`;
  return { code: 'schedule-asks', ...place, message, remedy: `Use ${remedy}.` };
}

/** Names no value: the very thing may be a secret. */
function inlineVars(text: string): Problem {
  const name = /^\s*([A-Za-z_]\w*)=/.exec(text)?.[1];
  return {
    code: 'schedule-inline-vars',
    message: `-e ${name === undefined ? 'with variables in it' : `${name}=…`} would stand in a file, and in a list of processes, that everybody may read`,
    remedy:
      'Write the variables into a file of the project, encrypted if they are secret, and name it: -e @FILE.',
  };
}

/** What counts in this shell and not in the schedule's would make another run of it, without a word. */
function environmentProblems(settings: Settings, env: NodeJS.ProcessEnv): readonly Problem[] {
  const names = Object.entries(settings).flatMap(([name, { origin }]) =>
    // The inventory is written out.
    name !== 'inventory' && origin.kind === 'environment' ? [origin.name] : [],
  );
  if (env.ANSIBLE_CONFIG !== undefined) names.push('ANSIBLE_CONFIG');
  return [...new Set(names)].map((name) => ({
    code: 'schedule-environment',
    message: `${name} is set in this shell, and will not be when the schedule runs`,
    remedy: `Write it into ansible.cfg in the project, or give the flag; then unset ${name}.`,
  }));
}

async function missingFiles(flags: WorkFlags): Promise<readonly Problem[]> {
  const named: readonly (readonly [flag: string, file: string | undefined])[] = [
    ['the playbook', flags.playbook],
    ...flags.inventory.filter((source) => !source.includes(',')).map((file) => ['-i', file] as const),
    ['-l', namesFile(flags.limit) ? flags.limit.slice(1) : undefined],
    ...flags['extra-vars']
      .filter((text) => text.startsWith('@'))
      .map((text) => ['-e', text.slice(1)] as const),
    ...flags['vault-id'].filter((id) => !isPrompt(id)).map((id) => ['--vault-id', sourceOf(id)] as const),
    ...flags['vault-password-file'].map((file) => ['--vault-password-file', file] as const),
    ['--connection-password-file', flags['connection-password-file']],
    ['--become-password-file', flags['become-password-file']],
    ['--private-key', flags['private-key']],
  ];
  const problems = await Promise.all(
    named.map(async ([flag, file]): Promise<readonly Problem[]> => {
      if (file === undefined || file === '-') return [];
      const code = await access(file).then(
        () => undefined,
        (error: NodeJS.ErrnoException) => error.code,
      );
      const message = `${flag} names what is not there (${code})`;
      return code === undefined
        ? []
        : [{ code: 'schedule-file', file, message, remedy: 'Name a file that is there.' }];
    }),
  );
  return problems.flat();
}

/** Which hosts a run left, as in `@latest:failed`, is looked up when the schedule runs. */
function namesFile(limit: string | undefined): limit is string {
  return limit?.startsWith('@') === true && !namesRun(limit);
}

function isPrompt(id: string): boolean {
  return ['prompt', 'prompt_ask_vault_pass'].includes(sourceOf(id));
}

function sourceOf(id: string): string {
  return id.slice(id.indexOf('@') + 1);
}
