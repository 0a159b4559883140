import type { ResolvedHost } from '../inventory/model.ts';
import type { Problem } from '../problem.ts';
import type { Sensitive } from '../sensitive.ts';
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
};

/** The operator's account on the controller. */
export type Account = { readonly home: string; readonly localUser: string };

const defaultTimeoutSeconds = 10;

/** Of several that are set, the last one wins, as in Ansible's ssh and sudo plugins. */
const passwordNames = ['ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password'];
const becomePasswordNames = ['ansible_become_password', 'ansible_become_pass', 'ansible_sudo_pass'];

/**
 * Works out how a host is reached from its variables and the flags, with Ansible's precedence: `ansible_ssh_args`, then
 * the variables, then the flags, then `ansible_ssh_common_args` and `ansible_ssh_extra_args`, then the defaults.
 * Answers every problem found, or a target.
 */
export function targetOf(host: ResolvedHost, flags: ConnectionFlags, account: Account): Target | Problem[] {
  const vars = readVariables(host);
  const sshOptions = (...names: string[]) => readSshOptions(vars, host.name, names);
  const early = sshOptions('ansible_ssh_args');
  const late = sshOptions('ansible_ssh_common_args', 'ansible_ssh_extra_args');
  refuseUnsupported(vars, host.name);

  const address = vars.text('ansible_host', 'ansible_ssh_host') ?? host.name;
  const ports = { from: 1, to: 65535 };
  const port = early.port ?? vars.whole(ports, 'ansible_port', 'ansible_ssh_port') ?? late.port ?? 22;
  const user =
    early.user ??
    vars.text('ansible_user', 'ansible_ssh_user') ??
    flags.user ??
    late.user ??
    account.localUser;
  const keyFile =
    vars.text('ansible_private_key_file', 'ansible_ssh_private_key_file') ?? flags.privateKeyFile;
  const checking = vars.boolean('ansible_host_key_checking', 'ansible_ssh_host_key_checking');
  const seconds = vars.whole({ from: 1, to: 86_400 }, 'ansible_ssh_timeout');
  const become = vars.boolean('ansible_become') ?? flags.become ?? false;
  const becomeUser = vars.text('ansible_become_user');
  const becomeMethod = vars.text('ansible_become_method');
  if (become && ![undefined, 'root'].includes(becomeUser)) {
    vars.problems.push(
      unsupported(host.name, 'ansible_become_user', becomeUser, 'Firewalls belong to root: set it to root.'),
    );
  }
  if (become && ![undefined, 'sudo', 'ansible.builtin.sudo'].includes(becomeMethod)) {
    vars.problems.push(unsupported(host.name, 'ansible_become_method', becomeMethod, 'Set it to sudo.'));
  }
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
  };
  return vars.problems.length > 0 ? vars.problems : target;
}

function readSshOptions(vars: VariableReader, host: string, names: readonly string[]): SshOptions {
  const all = names.flatMap((name) => {
    const text = vars.text(name);
    if (text === undefined) return [];
    const { options, problems } = parseSshOptions(name, text, host);
    vars.problems.push(...problems);
    return [options];
  });
  const identityFiles = all.flatMap((options) => options.identityFiles);
  // ssh(1) keeps the first value it meets, so what comes earlier is laid over what comes later.
  return Object.assign({}, ...all.toReversed(), { identityFiles });
}

function refuseUnsupported(vars: VariableReader, host: string): void {
  const connection = vars.text('ansible_connection');
  if (
    connection !== undefined &&
    !/^(ansible\.builtin\.)?(ssh|smart|paramiko|paramiko_ssh)$/.test(connection)
  ) {
    const remedy =
      'sluice reaches gateways over SSH alone: set it to ssh, or leave the host out with --limit.';
    vars.problems.push(unsupported(host, 'ansible_connection', connection, remedy));
  }
}

function unsupported(host: string, name: string, value: string | undefined, remedy: string): Problem {
  return {
    code: 'unsupported-variable',
    host,
    message: `${name} cannot be ${JSON.stringify(value)}`,
    remedy,
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
