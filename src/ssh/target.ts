import type { ResolvedHost } from '../inventory/model.ts';
import type { Problem } from '../problem.ts';
import type { Sensitive } from '../sensitive.ts';
import { type ConfigStore, createConfigStore } from './config/load.ts';
import type { Setting } from './config/model.ts';
import { resolveSettings } from './config/resolve.ts';
import type { ConnectionSettings, Given } from './connection-settings.ts';
import { type Disk, localDisk } from './disk.ts';
import { parseSshArguments, type SshArguments } from './ssh-options.ts';
import { type Account, isHostName, type Terms, termsOf } from './terms.ts';
import { readVariables, type VariableReader } from './variables.ts';
import { type JumpHosts, type Way, wayOf } from './way.ts';

/** How one host is reached, with every default filled in. */
export type Target = Terms & {
  /** The inventory name, for messages. */
  readonly host: string;
  readonly way: Way;
  /** Further addresses of the same host (`sluice_addresses`), one per address family in use. */
  readonly addresses: readonly string[];
  /** For a server that takes no key that is offered. */
  readonly password?: Sensitive;
  /** Of its encrypted private keys, where the inventory tells it. */
  readonly keyPassphrase?: Sensitive;
  /** Whether commands that ask to become root get sudo, if the login is not root already. */
  readonly become: boolean;
  /** What sudo is told if it asks. */
  readonly becomePassword?: Sensitive;
  /** The root-owned program that is all that the login may run as root (`sluice_helper`), as an absolute path. */
  readonly helper?: string;
  /** What of all this came out of a vault: no message shows it. */
  readonly secrets?: readonly Sensitive[];
};

/** What the operator typed; each is weaker than the inventory's variable, as in Ansible. */
export type ConnectionFlags = {
  /** `-u` */
  readonly user?: string;
  /** `-k`, `--connection-password-file`: what was typed or read. */
  readonly password?: Sensitive;
  /** `-b` */
  readonly become?: boolean;
  /** `-K`, `--become-password-file`: what was typed or read. */
  readonly becomePassword?: Sensitive;
  /** `--private-key` */
  readonly privateKeyFile?: string;
  /** `-T`; absent unless typed, so that `-o ConnectTimeout=` counts. */
  readonly timeoutSeconds?: number;
  /** `--ssh-common-args`, where the inventory doesn't say `ansible_ssh_common_args`. */
  readonly sshCommonArgs?: string;
  /** `--ssh-extra-args` */
  readonly sshExtraArgs?: string;
  /** Of ansible.cfg and the environment: what no flag says. */
  readonly settings?: ConnectionSettings;
};

/** What the targets of a run have in common: each file is read once, and each jump host is one. */
export type Controller = {
  readonly account: Account;
  readonly configs: ConfigStore;
  readonly jumpHosts: JumpHosts;
};

export function createController(account: Account, disk: Disk = localDisk): Controller {
  return { account, configs: createConfigStore(account, disk), jumpHosts: new Map() };
}

/** Of several that are set, the last one wins, as in Ansible's ssh and sudo plugins. */
const passwordNames = ['ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password'];
const keyPassphraseNames = ['ansible_private_key_passphrase', 'ansible_ssh_private_key_passphrase'];
const becomePasswordNames = ['ansible_become_password', 'ansible_become_pass', 'ansible_sudo_pass'];

/**
 * Works out how a host is reached, with the precedence of ssh as Ansible calls it: `ansible_ssh_args`, then the variables,
 * then the flags, then the settings, then `ansible_ssh_common_args` and `ansible_ssh_extra_args`, then the files of
 * ssh_config(5), then the defaults. Of the three `args`, each may come from a flag or a setting where the host has no such
 * variable. Answers every problem found, or a target.
 */
export async function targetOf(
  host: ResolvedHost,
  flags: ConnectionFlags,
  { account, configs, jumpHosts }: Controller,
): Promise<Target | Problem[]> {
  const vars = readVariables(host);
  const { problems } = vars;
  const { settings = {}, sshCommonArgs, sshExtraArgs } = flags;
  const early = readArguments(vars, host, 'ansible_ssh_args', settings.sshArgs);
  const common = readArguments(
    vars,
    host,
    'ansible_ssh_common_args',
    typed('--ssh-common-args', sshCommonArgs) ?? settings.sshCommonArgs,
  );
  const extra = readArguments(
    vars,
    host,
    'ansible_ssh_extra_args',
    typed('--ssh-extra-args', sshExtraArgs) ?? settings.sshExtraArgs,
  );
  refuseConnection(vars, host.name, settings);

  const name = addressOf(vars.text('ansible_host', 'ansible_ssh_host') ?? host.name, host.name, problems);
  const given = [
    ...early.settings,
    ...settingsOf(vars, flags, host.name),
    ...common.settings,
    ...extra.settings,
  ];
  const configFile = [early, common, extra].find((each) => each.configFile !== undefined)?.configFile;
  const config = await configs.load(configFile);
  problems.push(...config.problems(given));
  const resolved = resolveSettings(config, given, { host: name, localUser: account.localUser });
  const terms = termsOf(resolved, name, account, problems);
  const wayfinding = { config, configFile: configFile ?? '', account, jumpHosts, problems };
  const target: Target = {
    ...terms,
    host: host.name,
    way: wayOf(resolved, terms, wayfinding),
    addresses: vars.texts('sluice_addresses').map((each) => addressOf(each, host.name, problems)),
    ...becoming(vars, flags, host.name),
    ...(vars.secrets.length === 0 ? {} : { secrets: vars.secrets }),
  };
  return problems.length > 0 ? vars.shownProblems() : target;
}

function typed(from: string, text: string | undefined): Given | undefined {
  return text === undefined ? undefined : { text, from };
}

/** The variable wins over the flag and the setting of the same meaning. */
function readArguments(
  { text, problems }: VariableReader,
  host: ResolvedHost,
  variable: string,
  given: Given | undefined,
): SshArguments {
  const written = text(variable);
  // An empty variable is how an inventory takes a host out of what ansible.cfg says.
  const isGiven = written === undefined && host.vars[variable] !== '';
  const chosen = isGiven ? given : { text: written, from: variable };
  if (chosen?.text === undefined) return { settings: [] };
  const parsed = parseSshArguments(chosen.from, chosen.text, isGiven ? undefined : host.name);
  problems.push(...parsed.problems);
  return parsed.arguments;
}

/** What Ansible would give to ssh(1) of the variables, else of the flags. */
function settingsOf(vars: VariableReader, flags: ConnectionFlags, host: string): Setting[] {
  const set = (keyword: string, place: string, value: string | number | undefined): Setting[] =>
    value === undefined
      ? []
      : [{ keyword, name: place, words: [String(value)], origin: { kind: 'argument', place, host } }];
  const { settings = {} } = flags;
  const checking =
    vars.boolean('ansible_host_key_checking', 'ansible_ssh_host_key_checking') ?? settings.hostKeyChecking;
  const keyFile = vars.text('ansible_private_key_file', 'ansible_ssh_private_key_file');
  const seconds = vars.whole({ from: 1, to: 86_400 }, 'ansible_ssh_timeout');
  const port = vars.whole({ from: 1, to: 65_535 }, 'ansible_port', 'ansible_ssh_port') ?? settings.port;
  const user = vars.text('ansible_user', 'ansible_ssh_user');
  return [
    ...set('stricthostkeychecking', 'ansible_host_key_checking', checking === false ? 'no' : undefined),
    ...set('port', 'ansible_port', port),
    ...set(
      'identityfile',
      keyFile === undefined ? '--private-key' : 'ansible_private_key_file',
      keyFile ?? flags.privateKeyFile,
    ),
    ...set('user', user === undefined ? '-u' : 'ansible_user', user ?? flags.user),
    ...set(
      'connecttimeout',
      seconds === undefined ? '-T' : 'ansible_ssh_timeout',
      seconds ?? flags.timeoutSeconds,
    ),
  ];
}

/** What is told to the server, and how to become root there. */
function becoming(
  vars: VariableReader,
  flags: ConnectionFlags,
  host: string,
): Pick<Target, 'password' | 'keyPassphrase' | 'become' | 'becomePassword' | 'helper'> {
  const become = vars.boolean('ansible_become') ?? flags.become ?? false;
  if (become) refuseBecome(vars, host, flags.settings ?? {});
  const becomePassword = become ? (vars.secret(...becomePasswordNames) ?? flags.becomePassword) : undefined;
  const password = vars.secret(...passwordNames) ?? flags.password;
  const keyPassphrase = vars.secret(...keyPassphraseNames);
  const helper = vars.text('sluice_helper');
  return {
    ...(password === undefined ? {} : { password }),
    ...(keyPassphrase === undefined ? {} : { keyPassphrase }),
    become,
    ...(becomePassword === undefined ? {} : { becomePassword }),
    ...(helper === undefined ? {} : { helper: helperPath(helper, host, vars.problems) }),
  };
}

function refuseConnection(vars: VariableReader, host: string, settings: ConnectionSettings): void {
  const refuse = refuser(vars, host);
  refuse(
    'ansible_connection',
    settings.transport,
    /^(ansible\.builtin\.)?(ssh|smart|paramiko|paramiko_ssh)$/,
    'sluice reaches gateways over SSH alone: set it to ssh, or leave the host out with --limit.',
  );
  const own = 'sluice speaks SSH itself and starts no program: take it out.';
  refuse('ansible_ssh_executable', settings.sshExecutable, /^(.*\/)?ssh$/, own);
}

function refuseBecome(vars: VariableReader, host: string, settings: ConnectionSettings): void {
  const refuse = refuser(vars, host);
  const root = 'Firewalls belong to root: set it to root.';
  refuse('ansible_become_user', settings.becomeUser, /^root$/, root);
  refuse('ansible_become_method', settings.becomeMethod, /^(ansible\.builtin\.)?sudo$/, 'Set it to sudo.');
  refuse('ansible_become_exe', settings.becomeExe, /^(.*\/)?sudo$/, 'sluice calls sudo: take it out.');
}

/** Complains of a variable, or of the setting that stands where there is none, whose value isn't supported. */
function refuser(vars: VariableReader, host: string) {
  return (name: string, setting: Given | undefined, supported: RegExp, remedy: string): void => {
    const value = vars.text(name);
    const { text, from } = value === undefined ? { ...setting } : { text: value, from: name };
    if (text === undefined || supported.test(text)) return;
    const message = `${from} cannot be ${JSON.stringify(text)}`;
    vars.problems.push(
      value === undefined
        ? { code: 'unsupported-setting', message, remedy }
        : { code: 'unsupported-variable', host, message, remedy },
    );
  };
}

/** An address as net.connect takes it: without the brackets that inventories put around IPv6. */
function addressOf(text: string, host: string, problems: Problem[]): string {
  const address = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  if (!isHostName(address)) {
    const message = `${JSON.stringify(text)} is not a host name or an IP address`;
    problems.push({
      code: 'invalid-variable',
      host,
      message,
      remedy: 'Set ansible_host to one name or address.',
    });
  }
  return address;
}

/** sudoers names commands by their whole path, and so must we. */
function helperPath(path: string, host: string, problems: Problem[]): string {
  if (!/^(\/[A-Za-z0-9_+-][A-Za-z0-9_.+-]*)+$/.test(path)) {
    problems.push({
      code: 'invalid-variable',
      host,
      message: `sluice_helper is ${JSON.stringify(path)}, not an absolute path of plain characters`,
      remedy: 'Write it as sudoers has it: sluice_helper: /usr/local/sbin/sluice-helper',
    });
  }
  return path;
}
