import { homedir, hostname, userInfo } from 'node:os';
import type { ResolvedHost } from '../../inventory/model.ts';
import { formatProblem, type Problem, ProblemsError } from '../../problem.ts';
import type { Dialled } from '../../remote.ts';
import { Sensitive } from '../../sensitive.ts';
import { createDialer, type Dialer } from '../../ssh/dialer.ts';
import type { Ask } from '../../ssh/keyring.ts';
import {
  type ConnectionFlags,
  type Controller,
  createController,
  type Target,
  targetOf,
} from '../../ssh/target.ts';
import { isSealed } from '../../ssh/variables.ts';
import type { Vault } from '../../vault/vault.ts';
import { askOnTerminal, hasTerminal } from './ask.ts';
import { isJumpOver, jumpsAmong, namesOf, placeOf } from './jumps.ts';
import { type PasswordSources, readPasswords } from './passwords.ts';

/** What the operator typed about connections. */
export type ReachFlags = Omit<ConnectionFlags, 'password' | 'becomePassword'> & {
  readonly passwordsFrom: PasswordSources;
};

/** How the hosts of a run are reached. */
export type Reach = {
  /** A host that is none of the run is unreachable. */
  readonly dial: (host: string, signal?: AbortSignal) => Promise<Dialled>;
  /** Those beside the one that is dialled anyway. */
  readonly addressesOf: (host: string) => readonly string[];
  /** Where a host is: the address and port that are dialled, then its other addresses. */
  readonly placesOf: (host: string) => readonly string[];
  /** The hosts of the run through which a host is reached. */
  readonly jumpsOf: (host: string) => readonly string[];
  /** Whether the way to a host leads through an address of another one: a jump over it, or a port of it that it sends on. */
  readonly isThrough: (host: string, other: string) => boolean;
  /** Whoever is reached through this host from now on is so over a new connection to it: its rules have changed. */
  readonly renew: (host: string) => void;
  /** Completed SSH logins so far. */
  readonly connections: () => number;
  /** When the run is over: connections to jump hosts would keep the process. */
  readonly close: () => void;
};

/**
 * Works out how each host is reached; nothing is connected yet. May ask on the terminal for passwords.
 * Opens the vaulted variables that say how hosts are reached, and no others.
 * @throws ProblemsError with every host whose connection variables can't be understood, or when there is no password
 */
export async function createReach(
  hosts: readonly ResolvedHost[],
  { passwordsFrom, ...typed }: ReachFlags,
  vault: Vault,
  env: NodeJS.ProcessEnv,
): Promise<Reach> {
  const flags: ConnectionFlags = { ...typed, ...(await readPasswords(passwordsFrom)) };
  const targets = await readTargets(hosts, flags, vault, env);
  const dialer = startDialer(env);
  await dialer.unlockKeys([...targets.values()], askIfPossible());
  const targetFor = (host: string): Target => {
    const target = targets.get(host);
    if (target === undefined) throw new Error(`no target for ${host}`);
    return target;
  };
  const addressesOf = ({ address, addresses }: Target) => [...new Set([address, ...addresses])];
  return {
    dial: async (host, signal) => {
      const target = targets.get(host);
      return target === undefined ? unknownHost(host) : dialer.dial(target, signal);
    },
    addressesOf: (host) => addressesOf(targetFor(host)).slice(1),
    placesOf: (host) => {
      const target = targetFor(host);
      return [placeOf(target), ...addressesOf(target).slice(1)];
    },
    jumpsOf: jumpsAmong(targets),
    isThrough: (host, other) => {
      const target = targets.get(host);
      if (target === undefined || host === other) return false;
      const through = targetFor(other);
      return isJumpOver(target.way, through) || addressesOf(through).includes(target.address);
    },
    renew: (host) => dialer.renew(namesOf(targetFor(host))),
    connections: () => dialer.statistics().connections,
    close: () => dialer.close(),
  };
}

/** A run of long ago may name one. */
function unknownHost(host: string): Dialled {
  const message = 'is not in the inventory';
  return { kind: 'unreachable', problem: { code: 'unknown-host', host, message, remedy: 'Put it back.' } };
}

/**
 * Works out how each host is reached, by its name; opens what of its connection variables is encrypted.
 * @throws ProblemsError with every host whose connection variables can't be understood
 */
export async function readTargets(
  hosts: readonly ResolvedHost[],
  flags: ConnectionFlags,
  vault: Vault,
  env: NodeJS.ProcessEnv,
): Promise<ReadonlyMap<string, Target>> {
  const { username, uid } = userInfo();
  const account = { home: homedir(), localUser: username, uid, hostname: hostname(), env };
  const controller = createController(account);
  const targets = new Map<string, Target>();
  const problems: Problem[] = [];
  // Together: each vaulted value costs some milliseconds of another thread.
  const opened = await Promise.all(hosts.map((host) => openedTarget(host, flags, controller, vault)));
  for (const target of opened) {
    if (Array.isArray(target)) problems.push(...target);
    else targets.set(target.host, target);
  }
  if (problems.length > 0) throw new ProblemsError(distinct(problems));
  return targets;
}

/** The dialer of whoever runs this. */
export function startDialer({ SSH_AUTH_SOCK: agentSocket }: NodeJS.ProcessEnv): Dialer {
  return createDialer({ home: homedir(), uid: userInfo().uid, ...(agentSocket ? { agentSocket } : {}) });
}

/** How a passphrase is asked for, where there is a terminal. */
export function askIfPossible(): Ask | undefined {
  return hasTerminal() ? async (prompt) => new Sensitive(await askOnTerminal(prompt)) : undefined;
}

/** Hosts share the variables of their groups, the files of ssh_config and the settings, and what is wrong with them. */
function distinct(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [formatProblem(problem), problem])).values()];
}

/** What is sealed is opened, until nothing else is met: one variable may say that another is needed. */
async function openedTarget(
  host: ResolvedHost,
  flags: ConnectionFlags,
  controller: Controller,
  vault: Vault,
): Promise<Target | Problem[]> {
  for (;;) {
    const target = await targetOf(host, flags, controller);
    if (!Array.isArray(target)) return target;
    const sealed = target.filter(isSealed);
    if (sealed.length === 0) return target;
    const opened = await Promise.all(
      sealed.flatMap(({ sealed: { name, values } }) => values.map((value) => vault.open(value, name))),
    );
    const faults = opened.flatMap((fault) => fault ?? []);
    if (faults.length > 0) return [...faults, ...target.filter((problem) => !isSealed(problem))];
  }
}

/** user@host of whoever runs this. */
export function operatorName(): string {
  return `${process.env.SUDO_USER ?? userInfo().username}@${hostname()}`;
}
