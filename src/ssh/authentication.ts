import type { AnyAuthMethod, NextAuthHandler, Prompt } from 'ssh2';
import type { Sensitive } from '../sensitive.ts';
import { SingleKeyAgent } from './agent.ts';
import type { Credential, Credentials } from './keyring.ts';
import type { Method } from './login-methods.ts';
import type { Peer } from './peer.ts';

/** One login: what to offer next, and the record of what was offered. */
export type Authentication = {
  /** For ssh2's `authHandler`; `false` ends the login. */
  next(
    methodsLeft: readonly string[] | null,
    isPartial: boolean | null,
    proceed: NextAuthHandler,
  ): false | undefined;
  /** The labels of the keys offered so far, in order, and how the password was. */
  offered(): readonly string[];
  /** From now on the password isn't offered. */
  withholdPassword(): void;
  isPasswordWithheld(): boolean;
  /** Has the server been told the password? */
  isPasswordTold(): boolean;
  /** The methods that the server takes, once it has said so. */
  serverTakes(): readonly string[];
  hasBegun(): boolean;
  isExhausted(): boolean;
};

type Attempt = { readonly method: Method; readonly label: string; build(): AnyAuthMethod };

/**
 * Offers the keys one by one, the first of them at once: OpenSSH's opening question (`none`) costs a round trip and is
 * asked only where there is no key to offer, for the server's list of methods. A password follows the keys, and is told
 * once: a server that refused it in one way would count it as another wrong guess in the other.
 */
export function createAuthentication(
  { user: username, password, methods }: Pick<Peer, 'user' | 'password' | 'methods'>,
  { offers }: Credentials,
): Authentication {
  const offered: string[] = [];
  let serverTakes: readonly string[] = [];
  let isPasswordTold = false;
  let isPasswordWithheld = false;
  const told = (secret: Sensitive) => {
    isPasswordTold = true;
    return secret.reveal();
  };
  const possible: Attempt[] = [
    ...offers.map((offer): Attempt => {
      return { method: 'publickey', label: offer.label, build: () => methodOf(offer, username) };
    }),
    ...(password === undefined ? [] : passwordAttempts(username, () => told(password))),
  ];
  const waiting = methods.flatMap((method) => possible.filter((each) => each.method === method));
  const isAsking = waiting[0]?.method !== 'publickey';
  let calls = 0;
  let isExhausted = false;

  return {
    next(methodsLeft, _isPartial, proceed) {
      if (methodsLeft !== null) serverTakes = methodsLeft;
      calls += 1;
      if (calls === 1 && isAsking) {
        proceed({ type: 'none', username });
        return undefined;
      }
      for (let attempt = waiting.shift(); attempt !== undefined; attempt = waiting.shift()) {
        if (methodsLeft !== null && !methodsLeft.includes(attempt.method)) continue;
        if (attempt.method !== 'publickey' && (isPasswordWithheld || isPasswordTold)) continue;
        offered.push(attempt.label);
        proceed(attempt.build());
        return undefined;
      }
      isExhausted = true;
      return false;
    },
    offered: () => offered,
    withholdPassword: () => {
      isPasswordWithheld = password !== undefined;
    },
    isPasswordWithheld: () => isPasswordWithheld,
    isPasswordTold: () => isPasswordTold,
    serverTakes: () => serverTakes,
    hasBegun: () => calls > 0,
    isExhausted: () => isExhausted,
  };
}

function methodOf({ signer }: Credential, username: string): AnyAuthMethod {
  if (signer.kind === 'key') return { type: 'publickey', username, key: signer.key };
  return { type: 'agent', username, agent: new SingleKeyAgent(signer.agent, signer.key) };
}

function passwordAttempts(username: string, tell: () => string): readonly Attempt[] {
  let isAnswered = false;
  // Whatever else is asked (a code, a new password) gets empty answers, as many as questions: the server says no then.
  const answer = (prompts: readonly Prompt[]) => {
    const [prompt] = prompts;
    const isAsked = prompts.length === 1 && prompt?.echo !== true && /passw/i.test(prompt?.prompt ?? '');
    if (!isAsked || isAnswered) return prompts.map(() => '');
    isAnswered = true;
    return [tell()];
  };
  return [
    {
      method: 'keyboard-interactive',
      label: 'the password, where the server asks for one (keyboard-interactive)',
      build: () => ({
        type: 'keyboard-interactive',
        username,
        prompt: (_name, _instructions, _language, prompts, finish) => finish(answer(prompts)),
      }),
    },
    {
      method: 'password',
      label: 'the password',
      build: () => ({ type: 'password', username, password: tell() }),
    },
  ];
}
