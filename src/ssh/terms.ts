import { createHash } from 'node:crypto';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import type { Problem } from '../problem.ts';
import { algorithmsOf } from './algorithm-terms.ts';
import type { AlgorithmChoice } from './algorithms.ts';
import { keywords } from './config/keywords.ts';
import { isNone, problemAt, type Setting } from './config/model.ts';
import type { Resolved } from './config/resolve.ts';
import { type Expanded, expandHome, expandTokens } from './config/tokens.ts';
import {
  addressFamilyOf,
  booleanOf,
  type HostKeyChecking,
  hostKeyCheckingOf,
  portOf,
  timeOf,
} from './config/values.ts';
import { loginNotesOf, type Method, methodsOf } from './login-methods.ts';

/** How a host is dialled, and how it and we prove who we are, as the arguments and files of ssh say it. */
export type Terms = {
  /** As ssh(1) would be told it on its command line. */
  readonly name: string;
  /** The name or address that is dialled. */
  readonly address: string;
  /** Under which known_hosts knows the host, in place of its address and port. */
  readonly hostKeyAlias?: string;
  readonly port: number;
  readonly user: string;
  /** Private keys to offer first, or those that ssh(1) tries by default. */
  readonly keyFiles: readonly string[] | 'default';
  /** Of the agent's keys only those of the key files. */
  readonly identitiesOnly: boolean;
  /** The agent's socket, or `none`; absent: SSH_AUTH_SOCK. */
  readonly identityAgent?: string;
  /** How to log in, in the order in which it is tried. */
  readonly methods: readonly Method[];
  /** The operator's own known_hosts files; accepted new keys go to the first. */
  readonly userKnownHostsFiles: readonly string[];
  readonly systemKnownHostsFiles: readonly string[];
  /** Whether the names of accepted new keys are written as hashes. */
  readonly hashKnownHosts: boolean;
  readonly hostKeyChecking: HostKeyChecking;
  /** RSA keys that are shorter are not taken, and not offered. */
  readonly leastRsaBits: number;
  readonly algorithms: AlgorithmChoice;
  readonly hostKeyAlgorithms: readonly ServerHostKeyAlgorithm[];
  /** A list of signature algorithms, where ssh_config has one (see `allowsAlgorithm`). */
  readonly publicKeyAlgorithms?: string;
  readonly addressFamily: 'any' | 4 | 6;
  /** The controller's own address to dial from. */
  readonly bindAddress?: string;
  readonly keepalive: { readonly intervalMs: number; readonly countMax: number };
  /** For the way there, the handshake and the login together. */
  readonly timeoutMs: number;
  /** What could have helped to log in and isn't supported, by the method that it is for. */
  readonly loginNotes: readonly { readonly method: string; readonly note: string }[];
};

/** The operator's account on the controller. */
export type Account = {
  readonly home: string;
  readonly localUser: string;
  readonly uid: number;
  readonly hostname: string;
  readonly env: Readonly<Record<string, string | undefined>>;
};

const defaultTimeoutSeconds = 10;
/** ssh(1) sends none by default; but a gateway that is cut off must not hold a run. */
const defaultKeepalive = { intervalSeconds: 15, countMax: 3 };

/** Finds out what the settings of a host come to; what is wrong with them is added to `problems`. */
export function termsOf(
  { first, identityFiles, problems: undecided }: Resolved,
  name: string,
  account: Account,
  problems: Problem[],
): Terms {
  problems.push(...undecided, ...refusedOf(first));
  const word = (slot: string) => first.get(slot)?.words[0];
  const isOn = (slot: string) => booleanOf(word(slot) ?? '') === true;
  /** The text of a setting that was expanded, or nothing and a problem. */
  const taken = (setting: Setting, expanded: Expanded): string => {
    if (expanded.kind === 'text') return expanded.text;
    const message = `${setting.name} ${JSON.stringify(setting.words.join(' '))}: ${expanded.fault}`;
    problems.push(problemAt(setting.origin, 'invalid-ssh-option', message, 'Write the value out.'));
    return '';
  };

  const hostName = first.get('hostname');
  const address =
    hostName === undefined ? name : taken(hostName, expandTokens(hostName.words[0] ?? '', { h: name }));
  const port = portOf(word('port') ?? '') ?? 22;
  const user = word('user') ?? account.localUser;
  const hostKeyAlias = word('hostkeyalias')?.toLowerCase();
  const dialled = lowerCase(addressOf(address, hostName, problems));
  const tokens = tokensOf({ name, address: dialled, port, user, alias: hostKeyAlias ?? name }, account);

  const path = (setting: Setting, text: string): string => {
    const home = expandHome(text, account.home);
    return taken(setting, home.kind === 'fault' ? home : expandTokens(home.text, tokens, account.env));
  };
  const filesOf = (slot: string, otherwise: readonly string[]) => {
    const setting = first.get(slot);
    if (setting === undefined) return otherwise;
    return isNone(setting) ? [] : setting.words.map((each) => path(setting, each));
  };
  const agent = first.get('identityagent');
  const bindAddress = word('bindaddress');
  const keyFiles = identityFiles.filter((setting) => !isNone(setting));
  const intervalSeconds = timeOf(word('serveraliveinterval') ?? '') || defaultKeepalive.intervalSeconds;
  const publicKeyAlgorithms = word('pubkeyacceptedalgorithms');
  const identityAgent = agent === undefined ? undefined : agentOf(agent, account, path);
  const methods = methodsOf(word);

  return {
    name,
    address: dialled,
    ...(hostKeyAlias === undefined ? {} : { hostKeyAlias }),
    port,
    user,
    keyFiles:
      identityFiles.length === 0 ? 'default' : keyFiles.map((each) => path(each, each.words[0] ?? '')),
    identitiesOnly: isOn('identitiesonly'),
    ...(identityAgent === undefined ? {} : { identityAgent }),
    methods,
    userKnownHostsFiles: filesOf(
      'userknownhostsfile',
      ['known_hosts', 'known_hosts2'].map((file) => `${account.home}/.ssh/${file}`),
    ),
    systemKnownHostsFiles: filesOf('globalknownhostsfile', [
      '/etc/ssh/ssh_known_hosts',
      '/etc/ssh/ssh_known_hosts2',
    ]),
    hashKnownHosts: isOn('hashknownhosts'),
    hostKeyChecking: hostKeyCheckingOf(word('stricthostkeychecking') ?? '') ?? 'strict',
    leastRsaBits: Number(word('requiredrsasize') ?? 1024),
    ...algorithmsOf(first, problems),
    ...(publicKeyAlgorithms === undefined ? {} : { publicKeyAlgorithms }),
    addressFamily: addressFamilyOf(word('addressfamily') ?? '') ?? 'any',
    ...(bindAddress === undefined ? {} : { bindAddress }),
    keepalive: {
      intervalMs: 1000 * intervalSeconds,
      countMax: Number(word('serveralivecountmax') ?? defaultKeepalive.countMax),
    },
    timeoutMs: 1000 * (timeOf(word('connecttimeout') ?? '') || defaultTimeoutSeconds),
    loginNotes: loginNotesOf(first, identityFiles, methods),
  };
}

type Named = {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly alias: string;
};

/** ssh_config(5), TOKENS, for the keywords that name files. */
function tokensOf(
  { name, address, port, user, alias }: Named,
  account: Account,
): Readonly<Record<string, string>> {
  const { hostname } = account;
  return {
    C: createHash('sha1').update(`${hostname}${address}${port}${user}`).digest('hex'),
    d: account.home,
    h: address,
    i: String(account.uid),
    k: alias,
    L: hostname.replace(/\..*/s, ''),
    l: hostname,
    n: name,
    p: String(port),
    r: user,
    u: account.localUser,
  };
}

/** An address as net.connect takes it: without the brackets that inventories put around IPv6. */
function addressOf(text: string, setting: Setting | undefined, problems: Problem[]): string {
  const address = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  // What the inventory wrote was looked at there; an expansion that failed is told already.
  if (setting !== undefined && address !== '' && !isHostName(address)) {
    const message = `${setting.name} ${JSON.stringify(text)} is not a host name or an IP address`;
    problems.push(problemAt(setting.origin, 'invalid-ssh-option', message, 'Give one name or address.'));
  }
  return address;
}

/** Nothing here may look like an option or mean something to a shell. */
export function isHostName(text: string): boolean {
  return /^[\p{L}\p{N}_:][\p{L}\p{N}_.:%-]*$/u.test(text);
}

function lowerCase(address: string): string {
  return address.includes(':') ? address : address.toLowerCase();
}

/** `none`, `SSH_AUTH_SOCK`, `$VARIABLE`, or a path. */
function agentOf(
  setting: Setting,
  { env }: Account,
  path: (setting: Setting, text: string) => string,
): string | undefined {
  const [text = ''] = setting.words;
  if (isNone(setting)) return 'none';
  if (text === 'SSH_AUTH_SOCK') return undefined;
  const [, variable] = /^\$([A-Za-z_]\w*)$/.exec(text) ?? [];
  return variable === undefined ? path(setting, text) : (env[variable] ?? 'none');
}

/** Settings that would change how the host is reached, or how safely, and that sluice doesn't do. */
function refusedOf(first: Resolved['first']): Problem[] {
  return [...first.values()].flatMap((setting) => {
    const support = keywords.get(setting.keyword);
    if (support?.kind !== 'refused' || support.off.includes(setting.words.join(' ').toLowerCase())) return [];
    const remedy =
      support.off.length === 0
        ? 'ssh would not connect to such a host: leave it out with --limit.'
        : `ssh would reach or check the host in another way: set it to ${support.off[0]} for the hosts that sluice manages.`;
    const message = `${setting.name} ${setting.words.join(' ')} is not supported`;
    return [problemAt(setting.origin, 'unsupported-ssh-option', message, remedy)];
  });
}
