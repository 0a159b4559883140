import type { Problem } from '../problem.ts';
import type { Authentication } from './authentication.ts';
import type { Credentials } from './keyring.ts';
import { describePlace, hostOf, isJump, type Peer, type Place } from './peer.ts';
import type { ProxyEnd } from './proxy-command.ts';
import { quoteShellWord } from './shell-words.ts';

/** How far a dial came. */
export type Stage = 'connect' | 'greeting' | 'key exchange' | 'login';

/** Says why no TCP connection came about, from the system's error code. */
export function connectProblem(place: Place, code: string): Problem {
  const { target, address } = place;
  const server = describePlace(place);
  const problem = (kind: string, message: string, remedy: string): Problem => ({
    code: kind,
    ...hostOf(target),
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
        `the name ${JSON.stringify(address)} cannot be resolved (${code})${isJump(target) ? `: ${server}` : ''}`,
        isJump(target)
          ? 'Correct the name, or give it a HostName in ssh_config.'
          : 'Correct the name, or set ansible_host to an address.',
      );
    case 'ECONNREFUSED':
      return problem(
        'connection-refused',
        `${server} refuses connections`,
        `Check that sshd runs there, that ${isJump(target) ? 'its Port in ssh_config' : 'ansible_port'} is right, and that no firewall rejects this controller.`,
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
    ...hostOf(place.target),
    message: `${describePlace(place)} did not answer within ${Math.round(timeoutMs / 100) / 10} s`,
    remedy:
      'Check that the host is up and that no firewall drops the connection; a slow network needs a longer -T.',
  };
}

export function handshakeTimeoutProblem(place: Place, stage: Stage, timeoutMs: number): Problem {
  return {
    code: 'handshake-timeout',
    ...hostOf(place.target),
    message: `${describePlace(place)} took the connection, but did not finish within ${timeoutMs / 1000} s (reached: ${stage})`,
    remedy:
      'Check that it is an SSH server, and its load; sshd waits for DNS with UseDNS. A slow host needs a longer -T.',
  };
}

/** `said`: what the server told before it closed, if anything. */
export function connectionClosedProblem(place: Place, stage: Stage, said: string): Problem {
  return {
    code: 'connection-closed',
    ...hostOf(place.target),
    message: `${describePlace(place)} closed the connection during the ${stage}${said === '' ? '' : `: ${printable(said)}`}`,
    remedy:
      'Usually sshd sheds load (MaxStartups, PerSourcePenalties: fewer forks, or raise them), or bans this controller (fail2ban, hosts.deny).',
  };
}

export function handshakeFailedProblem(place: Place, reason: string): Problem {
  return {
    code: 'handshake-failed',
    ...hostOf(place.target),
    message: `no SSH connection with ${describePlace(place)}: ${printable(reason)}`,
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
    ...target.loginNotes
      .filter(({ method }) => takes.some((each) => each.startsWith(method)))
      .map(({ note }) => `Not offered: ${note}`),
    ...(takes.length === 0 ? [] : [`The server takes: ${takes.join(', ')}`]),
  ];
  return {
    code: 'auth-failed',
    ...hostOf(target),
    message: `${describePlace(place)} does not let user ${JSON.stringify(target.user)} in${said === '' ? '' : `: ${printable(said)}`}`,
    remedy: lines.join('\n'),
  };
}

function loginRemedy(target: Peer, login: Authentication): string {
  const { user, password } = target;
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
  if (isJump(target))
    return `Put a public key into ~${user}/.ssh/authorized_keys there, or name its User and IdentityFile in ssh_config.`;
  const orPassword = takesPassword && password === undefined ? '; or give the password (-k)' : '';
  return `Put a public key into ~${user}/.ssh/authorized_keys there, or name the right user (-u, ansible_user) and key (--private-key)${orPassword}.`;
}

/** A ProxyCommand that ended before the host had answered. */
export function proxyCommandProblem(
  { target }: Place,
  { line, code, said }: ProxyEnd & { code: number },
): Problem {
  const words = printable(said);
  return {
    code: 'proxy-command-failed',
    ...hostOf(target),
    message: `the ProxyCommand ended with status ${code}${words === '' ? '' : `: ${words}`}`,
    remedy: `Try it by hand; an SSH greeting must come out: ${line}`,
  };
}

export function proxyInjectionProblem({ target, address }: Place): Problem {
  const names = [address, target.name, target.user].map((each) => JSON.stringify(each)).join(', ');
  return {
    code: 'proxy-command-unsafe',
    ...hostOf(target),
    message: `one of these holds what a shell would act on, and is not put into a ProxyCommand: ${names}`,
    remedy: 'Give the host and the user plain names.',
  };
}

export function knownHostsWriteProblem({ target }: Place, reason: string): Problem {
  return {
    code: 'known-hosts-not-written',
    ...hostOf(target),
    message: `the new host key cannot be remembered: ${printable(reason)}`,
    remedy: 'Make the known_hosts file writable: a key that is not remembered protects nobody the next time.',
  };
}

export function abortedProblem({ target }: Place): Problem {
  return {
    code: 'aborted',
    ...hostOf(target),
    message: 'dialling was given up before it was done',
    remedy: '',
  };
}

/** What a server sends before it is authenticated may hold anything, escape sequences too. */
function printable(text: string): string {
  const line = text.replace(/\p{Cc}+/gu, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
