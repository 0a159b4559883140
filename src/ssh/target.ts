import type { Host } from '../inventory/model.ts';
import type { Problem } from '../problem.ts';
import type { Sensitive } from '../sensitive.ts';
import type { ConnectionSettings, Given } from './connection-settings.ts';
import { type HostKeyChecking, parseSshOptions, type SshOptions } from './ssh-options.ts';
import { readVariables, type VariableReader } from './variables.ts';

/** How one host is reached, with every default filled in. */
export type Target = {
  /** The inventory name, for messages. */
  readonly host: string;
  /** The name or address that is dialled, and under which known_hosts knows the host. */
  readonly address: string;
  /** Further addresses of the same host (`sluice_addresses`), one per address family in use. */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly user: string;
  /** For a server that takes no key that is offered. */
  readonly password?: Sensitive;
  /** Whether commands that ask to become root get sudo, if the login is not root already. */
  readonly become: boolean;
  /** What sudo is told if it asks. */
  readonly becomePassword?: Sensitive;
  /** The root-owned program that is all that the login may run as root (`sluice_helper`), as an absolute path. */
  readonly helper?: string;
  /** Private keys to offer first; none: those that ssh(1) tries by default. */
  readonly keyFiles: readonly string[];
  /** The operator's own known_hosts files; accepted new keys go to the first. */
  readonly userKnownHostsFiles: readonly string[];
  readonly hostKeyChecking: HostKeyChecking;
  /** For the TCP connect, the handshake and the login together. */
  readonly timeoutMs: number;
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
  /** Of ansible.cfg and the environment: what no flag says. */
  readonly settings?: ConnectionSettings;
};

/** The operator's account on the controller. */
export type Account = { readonly home: string; readonly localUser: string };

const defaultTimeoutSeconds = 10;

/** Of several that are set, the last one wins, as in Ansible's ssh and sudo plugins. */
const passwordNames = ['ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password'];
const becomePasswordNames = ['ansible_become_password', 'ansible_become_pass', 'ansible_sudo_pass'];

/**
 * Works out how a host is reached from its variables and the flags, with Ansible's precedence: `ansible_ssh_args`, then
 * the variables, then the flags, then the settings, then `ansible_ssh_common_args` and `ansible_ssh_extra_args`, then the
 * defaults. Of the three `args`, each may come from the settings where the host has no such variable.
 * Answers every problem found, or a target.
 */
export function targetOf(host: Host, flags: ConnectionFlags, account: Account): Target | Problem[] {
  const vars = readVariables(host);
  const { settings = {} } = flags;
  const early = readSshOptions(vars, host, { ansible_ssh_args: settings.sshArgs });
  const late = readSshOptions(vars, host, {
    ansible_ssh_common_args: settings.sshCommonArgs,
    ansible_ssh_extra_args: settings.sshExtraArgs,
  });
  refuseConnection(vars, host.name, settings);

  const address = vars.text('ansible_host', 'ansible_ssh_host') ?? host.name;
  const ports = { from: 1, to: 65535 };
  const port =
    early.port ?? vars.whole(ports, 'ansible_port', 'ansible_ssh_port') ?? settings.port ?? late.port ?? 22;
  const user =
    early.user ??
    vars.text('ansible_user', 'ansible_ssh_user') ??
    flags.user ??
    late.user ??
    account.localUser;
  const keyFile =
    vars.text('ansible_private_key_file', 'ansible_ssh_private_key_file') ?? flags.privateKeyFile;
  const checking =
    vars.boolean('ansible_host_key_checking', 'ansible_ssh_host_key_checking') ?? settings.hostKeyChecking;
  const seconds = vars.whole({ from: 1, to: 86_400 }, 'ansible_ssh_timeout');
  const become = vars.boolean('ansible_become') ?? flags.become ?? false;
  if (become) refuseBecome(vars, host.name, settings);
  const becomePassword = become ? (vars.secret(...becomePasswordNames) ?? flags.becomePassword) : undefined;
  const password = vars.secret(...passwordNames) ?? flags.password;
  const helper = vars.text('sluice_helper');

  const expand = (path: string) => expandPath(path, host.name, account.home, vars.problems);
  const target: Target = {
    host: host.name,
    address: addressOf(address, host.name, vars.problems),
    addresses: vars.texts('sluice_addresses').map((each) => addressOf(each, host.name, vars.problems)),
    port,
    user,
    ...(password === undefined ? {} : { password }),
    become,
    ...(becomePassword === undefined ? {} : { becomePassword }),
    ...(helper === undefined ? {} : { helper: helperPath(helper, host.name, vars.problems) }),
    keyFiles: [
      ...early.identityFiles,
      ...(keyFile === undefined ? [] : [keyFile]),
      ...late.identityFiles,
    ].map(expand),
    userKnownHostsFiles: (
      early.userKnownHostsFiles ??
      late.userKnownHostsFiles ?? ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']
    ).map(expand),
    hostKeyChecking:
      early.hostKeyChecking ?? (checking === false ? 'off' : undefined) ?? late.hostKeyChecking ?? 'strict',
    timeoutMs:
      1000 *
      (seconds ??
        early.connectTimeoutSeconds ??
        flags.timeoutSeconds ??
        late.connectTimeoutSeconds ??
        defaultTimeoutSeconds),
    ...(vars.secrets.length === 0 ? {} : { secrets: vars.secrets }),
  };
  return vars.problems.length > 0 ? vars.shownProblems() : target;
}

function readSshOptions(
  vars: VariableReader,
  host: Host,
  sources: Readonly<Record<string, Given | undefined>>,
): SshOptions {
  const all = Object.entries(sources).flatMap(([name, given]) => {
    const text = vars.text(name);
    // An empty variable is how an inventory takes a host out of what ansible.cfg says.
    const isSetting = text === undefined && host.vars[name] !== '';
    const chosen = isSetting ? given : { text, from: name };
    if (chosen?.text === undefined) return [];
    const { options, problems } = parseSshOptions(chosen.from, chosen.text, host.name);
    vars.problems.push(...(isSetting ? problems.map(ofEveryHost) : problems));
    return [options];
  });
  const identityFiles = all.flatMap((options) => options.identityFiles);
  // ssh(1) keeps the first value it meets, so what comes earlier is laid over what comes later.
  return Object.assign({}, ...all.toReversed(), { identityFiles });
}

/** A setting is no host's own. */
function ofEveryHost({ host: _, ...problem }: Problem): Problem {
  return problem;
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
  if (!/^[\p{L}\p{N}_:][\p{L}\p{N}_.:%-]*$/u.test(address)) {
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

function expandPath(path: string, host: string, home: string, problems: Problem[]): string {
  if (/^~[^/]/.test(path) || path.includes('%')) {
    const message = `the path ${JSON.stringify(path)} holds a part that is not supported yet (~user or %token)`;
    problems.push({
      code: 'unsupported-ssh-option',
      host,
      message,
      remedy: 'Write the path out; ~/ alone is expanded.',
    });
  }
  return path.replace(/^~(?=\/|$)/, home);
}
