import type { Duplex } from 'node:stream';
import ssh2, { type Client } from 'ssh2';
import type { Problem } from '../problem.ts';
import type { Authentication } from './authentication.ts';
import { createAuthentication } from './authentication.ts';
import {
  authProblem,
  connectionClosedProblem,
  handshakeFailedProblem,
  knownHostsWriteProblem,
  type Stage,
} from './dial-problem.ts';
import { isRsaBelow, judgeHostKey, orderHostKeyAlgorithms } from './host-key.ts';
import { hostKeyProblem } from './host-key-problem.ts';
import { readServerOffer, type ServerOffer } from './kexinit.ts';
import type { Credentials } from './keyring.ts';
import { knownAs } from './known-hosts.ts';
import type { LoadedKnownHosts } from './known-hosts-store.ts';
import { noMatchProblem } from './no-match-problem.ts';
import type { Place } from './peer.ts';

type Handshake =
  | { readonly kind: 'ready'; readonly client: Client }
  /** `canRetry`: the server closed before the key exchange, as it does when it sheds load. */
  | {
      readonly kind: 'failed';
      readonly problem: Problem;
      readonly canRetry: boolean;
      /** The other end hung up, without a word as to why. */
      readonly isClosed: boolean;
    }
  | { readonly kind: 'aborted'; readonly stage: Stage };

/** What a handshake needs to know besides the socket. */
export type HandshakeTerms = Place & {
  readonly credentials: Credentials;
  readonly knownHosts: LoadedKnownHosts;
  /** Where the server's key is all that is wanted: takes it, and the handshake ends as a failure. */
  readonly onHostKey?: (key: Buffer, offer: ServerOffer | undefined) => void;
};

/** What was seen of a connection so far. */
type Seen = {
  stage: Stage;
  /** The server's first bytes: one that turns us away in plain text does so there. */
  greeting: Buffer;
  hostKey: Problem | undefined;
  error: ClientError | undefined;
};

/** ssh2 puts the kind of an error into `level`, and the number of a server's disconnect message into `code`. */
type ClientError = Error & { level?: string; code?: string | number };

/** The greeting may have lines before it; the first message holds lists of a kilobyte or two. */
const longestGreetingBytes = 16_384;

/** ssh2's words for a connection that ends without a greeting; they carry no code. */
const lostBeforeGreeting = 'Connection lost before handshake';

/**
 * Makes an SSH connection over a TCP one: versions, keys, the host's identity, the login. Never rejects; whatever goes
 * wrong closes the socket. The order of ciphers and key exchanges is ssh2's own, which puts curve25519 and AES-GCM first
 * and still takes what older servers have.
 */
export function shakeHands(socket: Duplex, terms: HandshakeTerms, signal: AbortSignal): Promise<Handshake> {
  const { target, knownHosts } = terms;
  const login = createAuthentication(target, terms.credentials);
  const client = new ssh2.Client();
  const seen: Seen = { stage: 'greeting', greeting: Buffer.alloc(0), hostKey: undefined, error: undefined };

  return new Promise((resolve) => {
    let isSettled = false;
    const settle = (outcome: Handshake) => {
      if (isSettled) return;
      isSettled = true;
      signal.removeEventListener('abort', onAbort);
      socket.off('data', onGreeting);
      if (outcome.kind !== 'ready') socket.destroy();
      resolve(outcome);
    };
    const onAbort = () => settle({ kind: 'aborted', stage: seen.stage });
    const fail = () => settle(failureOf(terms, login, seen));
    const onGreeting = (chunk: Buffer) => {
      seen.greeting = Buffer.concat([seen.greeting, chunk]).subarray(0, longestGreetingBytes);
      if (seen.stage === 'greeting' && /^SSH-/m.test(seen.greeting.toString('latin1')))
        seen.stage = 'key exchange';
      if (seen.greeting.length === longestGreetingBytes || readServerOffer(seen.greeting) !== undefined)
        socket.off('data', onGreeting);
    };

    // Stays for the client's whole life: a late error must never be unhandled.
    client.on('error', (error: ClientError) => {
      // An agent that won't sign is no end: the next key follows.
      const isOnlyOneKey = error.level === 'agent' || error.level === 'client-authentication';
      if (isOnlyOneKey && !login.isExhausted()) return;
      seen.error = error;
      fail();
    });
    client.on('handshake', () => {
      seen.stage = 'login';
      askForNoProof(client);
    });
    // Nobody is asked for a new one.
    client.on('change password', () => {
      const problem = authProblem(terms, login, terms.credentials, 'the password has expired');
      settle({ kind: 'failed', problem, canRetry: false, isClosed: false });
    });
    client.on('close', fail);
    client.on('ready', () => settle({ kind: 'ready', client }));
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort);
    client.connect({
      keepaliveInterval: target.keepalive.intervalMs,
      keepaliveCountMax: target.keepalive.countMax,
      sock: socket,
      username: target.user,
      // The dial's own limit holds.
      readyTimeout: 0,
      ident: 'sluice',
      algorithms: {
        ...target.algorithms,
        serverHostKey: orderHostKeyAlgorithms(knownHosts, knownAs(target), target.hostKeyAlgorithms),
      },
      authHandler: login.next,
      hostVerifier: (key: Buffer, verify: (isTrusted: boolean) => void) => {
        const answer = (problem: Problem | undefined) => {
          seen.hostKey = problem;
          if (!isSettled) verify(problem === undefined);
        };
        checkHostKey(key, terms, { login, greeting: seen.greeting }).then(answer).catch(fail);
      },
    });
    socket.on('data', onGreeting);
  });
}

/**
 * A server tells its other host keys once a login stands, and ssh2 has OpenSSH prove that it holds them, for a listener that we have not: known hosts are
 * not updated by us. The proof costs the server a signature with each of its keys. There is no switch; ssh2 asks a server of that name alone.
 */
function askForNoProof(client: Client): void {
  (client as unknown as { _remoteVer: string })._remoteVer = '';
}

/**
 * Decides on a host key, under the target's first address whichever was dialled; a new one is remembered where the target
 * says so. Answers why it is refused.
 */
async function checkHostKey(
  key: Buffer,
  { target, address, knownHosts, onHostKey }: HandshakeTerms,
  { login, greeting }: { readonly login: Authentication; readonly greeting: Buffer },
): Promise<Problem | undefined> {
  if (onHostKey !== undefined) {
    onHostKey(key, readServerOffer(greeting));
    return handshakeFailedProblem({ target, address }, 'its host key was all that was wanted');
  }
  if (isRsaBelow(target.leastRsaBits, key)) {
    const reason = `its RSA host key has fewer than ${target.leastRsaBits} bits (RequiredRSASize)`;
    return handshakeFailedProblem({ target, address }, reason);
  }
  const verdict = judgeHostKey(knownHosts, knownAs(target), key);
  if (verdict.kind === 'revoked' || target.hostKeyChecking === 'strict') {
    return hostKeyProblem(verdict, key, target, knownHosts.files);
  }
  if (target.hostKeyChecking === 'off') {
    // A key that isn't the known one may be anybody's: he gets no password to log in elsewhere with (as in sshconnect.c).
    if (verdict.kind !== 'known' && verdict.kind !== 'unknown') login.withholdPassword();
    return undefined;
  }
  if (verdict.kind !== 'unknown') return hostKeyProblem(verdict, key, target, knownHosts.files);
  const reason = await knownHosts.remember(target, key);
  return reason === undefined ? undefined : knownHostsWriteProblem({ target, address }, reason);
}

function failureOf(terms: HandshakeTerms, login: Authentication, seen: Seen): Handshake {
  const failed = (problem: Problem): Handshake => ({
    kind: 'failed',
    problem,
    canRetry: false,
    isClosed: false,
  });
  const { stage, error } = seen;
  if (seen.hostKey !== undefined) return failed(seen.hostKey);
  if (login.isExhausted()) return failed(authProblem(terms, login, terms.credentials, ''));
  if (error === undefined || error.level === 'client-socket' || error.message === lostBeforeGreeting) {
    const said = stage === 'greeting' ? seen.greeting.toString('latin1', 0, 1024) : '';
    const problem = connectionClosedProblem(terms, stage, said);
    return { kind: 'failed', problem, canRetry: stage !== 'login', isClosed: true };
  }
  // A server that ends a login early (MaxAuthTries) says so in a message of its own.
  const isServersWord = typeof error.code === 'number';
  if (isServersWord && stage === 'login')
    return failed(authProblem(terms, login, terms.credentials, error.message));
  const offer = readServerOffer(seen.greeting);
  const noMatch = offer && /no matching/.test(error.message) ? noMatchProblem(terms, offer) : undefined;
  return failed(noMatch ?? handshakeFailedProblem(terms, error.message));
}
