import { homedir, hostname, userInfo } from 'node:os';
import type { ResolvedHost } from '../../inventory/model.ts';
import { type Problem, ProblemsError } from '../../problem.ts';
import type { Dialled } from '../../remote.ts';
import { createDialer } from '../../ssh/dialer.ts';
import { type ConnectionFlags, type Target, targetOf } from '../../ssh/target.ts';
import { type PasswordSources, readPasswords } from './passwords.ts';

/** What the operator typed about connections. */
export type ReachFlags = Omit<ConnectionFlags, 'password' | 'becomePassword'> & {
  readonly passwordsFrom: PasswordSources;
};

/** How the hosts of a run are reached. */
export type Reach = {
  readonly dial: (host: string, signal?: AbortSignal) => Promise<Dialled>;
  /** Those beside the one that is dialled anyway. */
  readonly addressesOf: (host: string) => readonly string[];
  /** Completed SSH logins so far. */
  readonly connections: () => number;
};

/**
 * Works out how each host is reached; nothing is connected yet. May ask on the terminal for passwords.
 * @throws ProblemsError with every host whose connection variables can't be understood, or when there is no password
 */
export async function createReach(
  hosts: readonly ResolvedHost[],
  { passwordsFrom, ...typed }: ReachFlags,
  env: NodeJS.ProcessEnv,
): Promise<Reach> {
  const flags: ConnectionFlags = { ...typed, ...(await readPasswords(passwordsFrom)) };
  const account = { home: homedir(), localUser: userInfo().username };
  const targets = new Map<string, Target>();
  const problems: Problem[] = [];
  for (const host of hosts) {
    const target = targetOf(host, flags, account);
    if (Array.isArray(target)) problems.push(...target);
    else targets.set(host.name, target);
  }
  if (problems.length > 0) throw new ProblemsError(problems);
  const agentSocket = env.SSH_AUTH_SOCK;
  const dialer = createDialer({ ...account, ...(agentSocket ? { agentSocket } : {}) });
  const targetFor = (host: string): Target => {
    const target = targets.get(host);
    if (target === undefined) throw new Error(`no target for ${host}`);
    return target;
  };
  return {
    dial: (host, signal) => dialer.dial(targetFor(host), signal),
    addressesOf: (host) => {
      const { address, addresses } = targetFor(host);
      return addresses.filter((other) => other !== address);
    },
    connections: () => dialer.statistics().connections,
  };
}

/** user@host of whoever runs this. */
export function operatorName(): string {
  return `${process.env.SUDO_USER ?? userInfo().username}@${hostname()}`;
}
