import type { Problem } from '../problem.ts';
import type { Authentication } from './authentication.ts';
import type { Credentials } from './keyring.ts';
import { quoteShellWord } from './shell-words.ts';
import type { Target } from './target.ts';

/** How far a dial came. */
export type Stage = 'connect' | 'greeting' | 'key exchange' | 'login';

/** `address`: the one that was dialled, which may be a further one of the target. */
export type Place = { readonly target: Target; readonly address: string };

/** Says why no TCP connection came about, from the system's error code. */
export function connectProblem(place: Place, code: string): Problem {
  const { target, address } = place;
  const server = describe(place);
  const problem = (kind: string, message: string, remedy: string): Problem => ({
    code: kind,
    host: target.host,
    message,
    remedy,
  });
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
    case 'EAI_NODATA':
      return problem(
        'dns-failed',
        `the name ${JSON.stringify(address)} cannot be resolved (${code})`,
        'Correct the name, or set ansible_host to an address.',
      );
    case 'ECONNREFUSED':
      return problem(
        'connection-refused',
        `${server} refuses connections`,
        'Check that sshd runs there, that ansible_port is right, and that no firewall rejects this controller.',
      );
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'EADDRNOTAVAIL':
    case 'EACCES':
    case 'EPERM':
      return problem(
        'no-route',
        `${server} cannot be reached from here (${code})`,
        `Check the route, the VPN and the local firewall: ip route get ${quoteShellWord(address)}`,
      );
    case 'ETIMEDOUT':
      return connectTimeoutProblem(place, target.timeoutMs);
    default:
      return problem(
        'connect-failed',
        `the connection to ${server} failed (${code})`,
        'Look the error code up in connect(2).',
      );
  }
}

export function connectTimeoutProblem(place: Place, timeoutMs: number): Problem {
  return {
    code: 'connect-timeout',
    host: place.target.host,
    message: `${describe(place)} did not answer within ${Math.round(timeoutMs / 100) / 10} s`,
    remedy:
      'Check that the host is up and that no firewall drops the connection; a slow network needs a longer -T.',
  };
}

export function handshakeTimeoutProblem(place: Place, stage: Stage, timeoutMs: number): Problem {
  return {
    code: 'handshake-timeout',
    host: place.target.host,
    message: `${describe(place)} took the connection, but did not finish within ${timeoutMs / 1000} s (reached: ${stage})`,
    remedy:
      'Check that it is an SSH server, and its load; sshd waits for DNS with UseDNS. A slow host needs a longer -T.',
  };
}

/** `said`: what the server told before it closed, if anything. */
export function connectionClosedProblem(place: Place, stage: Stage, said: string): Problem {
  return {
    code: 'connection-closed',
    host: place.target.host,
    message: `${describe(place)} closed the connection during the ${stage}${said === '' ? '' : `: ${printable(said)}`}`,
    remedy:
      'Usually sshd sheds load (MaxStartups, PerSourcePenalties: fewer forks, or raise them), or bans this controller (fail2ban, hosts.deny).',
  };
}

export function handshakeFailedProblem(place: Place, reason: string): Problem {
  return {
    code: 'handshake-failed',
    host: place.target.host,
    message: `no SSH connection with ${describe(place)}: ${printable(reason)}`,
    remedy: `Check that it is an SSH server with current algorithms: ssh -vv -p ${place.target.port} ${quoteShellWord(place.address)}`,
  };
}

export function authProblem(
  place: Place,
  login: Authentication,
  credentials: Credentials,
  said: string,
): Problem {
  const { target } = place;
  const offered = login.offered();
  const takes = login.serverTakes();
  const lines = [
    loginRemedy(target, login),
    ...(offered.length === 0
      ? ['Nothing was offered.']
      : ['Offered:', ...offered.map((label) => `  ${label}`)]),
    ...credentials.notes.map((note) => `Not offered: ${note}`),
    ...(takes.length === 0 ? [] : [`The server takes: ${takes.join(', ')}`]),
  ];
  return {
    code: 'auth-failed',
    host: target.host,
    message: `${describe(place)} does not let user ${JSON.stringify(target.user)} in${said === '' ? '' : `: ${printable(said)}`}`,
    remedy: lines.join('\n'),
  };
}

function loginRemedy({ user, password }: Target, login: Authentication): string {
  const takes = login.serverTakes();
  if (login.isPasswordTold())
    return `The password after -k, in --connection-password-file or ansible_password is wrong or expired, or not that of ${user}.`;
  if (login.isPasswordWithheld())
    return "The password was withheld, as the host key isn't the one in known_hosts: make sure that it is this host, and correct the entry.";
  const takesPassword = takes.includes('password') || takes.includes('keyboard-interactive');
  const isKeyless = takes.length > 0 && !takes.includes('publickey');
  if (takesPassword && password === undefined && isKeyless)
    return 'Give the password: -k, --connection-password-file or ansible_password; or allow PubkeyAuthentication on the server.';
  if (isKeyless) return 'sluice logs in with keys and passwords: allow PubkeyAuthentication on the server.';
  const orPassword = takesPassword && password === undefined ? '; or give the password (-k)' : '';
  return `Put a public key into ~${user}/.ssh/authorized_keys there, or name the right user (-u, ansible_user) and key (--private-key)${orPassword}.`;
}

export function knownHostsWriteProblem({ target }: Place, reason: string): Problem {
  return {
    code: 'known-hosts-not-written',
    host: target.host,
    message: `the new host key cannot be remembered: ${printable(reason)}`,
    remedy: 'Make the known_hosts file writable: a key that is not remembered protects nobody the next time.',
  };
}

export function abortedProblem({ target }: Place): Problem {
  return {
    code: 'aborted',
    host: target.host,
    message: 'dialling was given up before it was done',
    remedy: '',
  };
}

/** What a server sends before it is authenticated may hold anything, escape sequences too. */
function printable(text: string): string {
  const line = text.replace(/\p{Cc}+/gu, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

function describe({ target, address }: Place): string {
  return `${address} port ${target.port}`;
}
