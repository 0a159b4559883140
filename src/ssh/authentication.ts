import type { AnyAuthMethod, NextAuthHandler } from 'ssh2';
import { SingleKeyAgent } from './agent.ts';
import type { Credential, Credentials } from './keyring.ts';

/** One login: what to offer next, and the record of what was offered. */
export type Authentication = {
  /** For ssh2's `authHandler`; `false` ends the login. */
  next(
    methodsLeft: readonly string[] | null,
    isPartial: boolean | null,
    proceed: NextAuthHandler,
  ): false | undefined;
  /** The labels of the keys offered so far, in order. */
  offered(): readonly string[];
  /** The methods that the server takes, once it has said so. */
  serverTakes(): readonly string[];
  hasBegun(): boolean;
  isExhausted(): boolean;
};

/**
 * Offers the keys one by one, the first of them at once: OpenSSH's opening question (`none`) costs a round trip and is
 * asked only where there is no key to offer, for the server's list of methods.
 */
export function createAuthentication(username: string, { offers }: Credentials): Authentication {
  const offered: string[] = [];
  let serverTakes: readonly string[] = [];
  let calls = 0;
  let isExhausted = false;

  return {
    next(methodsLeft, _isPartial, proceed) {
      if (methodsLeft !== null) serverTakes = methodsLeft;
      const isFirst = calls === 0;
      const offer = offers[calls];
      calls += 1;
      if (offer !== undefined && (methodsLeft === null || methodsLeft.includes('publickey'))) {
        offered.push(offer.label);
        proceed(methodOf(offer, username));
        return undefined;
      }
      if (isFirst) {
        proceed({ type: 'none', username });
        return undefined;
      }
      isExhausted = true;
      return false;
    },
    offered: () => offered,
    serverTakes: () => serverTakes,
    hasBegun: () => calls > 0,
    isExhausted: () => isExhausted,
  };
}

function methodOf({ signer }: Credential, username: string): AnyAuthMethod {
  if (signer.kind === 'key') return { type: 'publickey', username, key: signer.key };
  return { type: 'agent', username, agent: new SingleKeyAgent(signer.agent, signer.key) };
}
