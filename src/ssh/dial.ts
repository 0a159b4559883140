import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import type { Problem } from '../problem.ts';
import { writeByTurn } from './by-turn.ts';
import type { Carrier, Opened } from './carrier.ts';
import {
  abortedProblem,
  connectionClosedProblem,
  connectProblem,
  connectTimeoutProblem,
  handshakeTimeoutProblem,
  proxyCommandProblem,
  type Stage,
} from './dial-problem.ts';
import { type HandshakeTerms, shakeHands } from './handshake.ts';
import { type Limit, pause, startLimit, unlessAborted } from './limit.ts';
import { hostOf, type Place } from './peer.ts';

export type DialedClient =
  | { readonly kind: 'connected'; readonly client: Client; readonly socket: Duplex }
  | { readonly kind: 'unreachable'; readonly problem: Problem };

const firstPauseMs = 100;
const longestPauseMs = 2000;

/**
 * Dials until a login stands, the limit is up, or a failure is final. A server that closes before the key exchange sheds
 * load (MaxStartups): it is tried again after a pause of random length, so that many forks don't come back at once.
 */
export async function dial(
  place: Place,
  preparing: Promise<Omit<HandshakeTerms, keyof Place>>,
  open: Carrier,
  timeoutMs: number,
  caller?: AbortSignal,
): Promise<DialedClient> {
  const prepared = await unlessAborted(preparing, caller);
  if (prepared === undefined) return { kind: 'unreachable', problem: abortedProblem(place) };
  const terms: HandshakeTerms = { ...place, ...prepared };
  const limit = startLimit(timeoutMs, caller);
  try {
    let refusal: DialedClient | undefined;
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      const attempt = await attemptOnce(terms, open, limit, timeoutMs);
      if (attempt.kind === 'connected') return attempt;
      // That the server turned us away says more than that the time ran out over trying again.
      if (refusal !== undefined && limit.isTimedOut()) return refusal;
      if (attempt.kind === 'unreachable') return attempt;
      refusal = { kind: 'unreachable', problem: attempt.problem };
      if (!attempt.canRetry) return refusal;
      await pause(pauseMs * (0.5 + Math.random() / 2), limit.signal);
    }
  } finally {
    limit.release();
  }
}

type Attempt =
  | DialedClient
  | { readonly kind: 'failed'; readonly problem: Problem; readonly canRetry: boolean };

async function attemptOnce(
  terms: HandshakeTerms,
  open: Carrier,
  limit: Limit,
  timeoutMs: number,
): Promise<Attempt> {
  const opened = await open(terms, limit.signal);
  switch (opened.kind) {
    case 'aborted':
      return giveUp(terms, limit, 'connect', timeoutMs, opened.at);
    case 'unreachable':
      return opened;
    case 'failed':
      // A reset can overtake the news that the connection stood.
      if (opened.code === 'ECONNRESET')
        return { kind: 'failed', problem: connectionClosedProblem(terms, 'greeting', ''), canRetry: true };
      return { kind: 'unreachable', problem: connectProblem(terms, opened.code) };
    case 'lost':
      return { kind: 'failed', problem: connectionClosedProblem(terms, 'connect', ''), canRetry: true };
    case 'open':
      writeByTurn(opened.socket);
      return shakeHandsOver(opened, terms, limit, timeoutMs);
  }
}

async function shakeHandsOver(
  { socket, ended }: Extract<Opened, { kind: 'open' }>,
  terms: HandshakeTerms,
  limit: Limit,
  timeoutMs: number,
): Promise<Attempt> {
  const handshake = await shakeHands(socket, terms, limit.signal);
  switch (handshake.kind) {
    case 'ready':
      return { kind: 'connected', client: handshake.client, socket };
    case 'failed': {
      const end = handshake.isClosed ? await ended?.() : undefined;
      // Where it was killed, that was us.
      if (end === undefined || end.code === 0 || end.code === null) return handshake;
      const { code } = end;
      return { kind: 'failed', problem: proxyCommandProblem(terms, { ...end, code }), canRetry: false };
    }
    case 'aborted':
      return giveUp(terms, limit, handshake.stage, timeoutMs);
  }
}

/** `at`: the jump host on which the time was spent. */
function giveUp(place: Place, limit: Limit, stage: Stage, timeoutMs: number, at = place): DialedClient {
  if (!limit.isTimedOut()) return { kind: 'unreachable', problem: abortedProblem(place) };
  const problem =
    stage === 'connect'
      ? connectTimeoutProblem(at, timeoutMs)
      : handshakeTimeoutProblem(place, stage, timeoutMs);
  return { kind: 'unreachable', problem: { ...problem, ...hostOf(place.target) } };
}
