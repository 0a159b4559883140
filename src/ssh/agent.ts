import ssh2, {
  type IdentityCallback,
  type ParsedKey,
  type PublicKeyEntry,
  type SignCallback,
  type SigningRequestOptions,
} from 'ssh2';

/** How long an agent may take to list its keys: a forwarded agent whose far end is gone never answers. */
const listTimeoutMs = 5000;

/** A running ssh-agent. */
export type Agent = {
  /** The public keys it holds, or why they are not known. */
  identities(): Promise<ParsedKey[] | string>;
  sign(key: ParsedKey, text: Buffer, options: SigningRequestOptions, callback: SignCallback): void;
};

export function connectAgent(socketPath: string): Agent {
  const agent = new ssh2.OpenSSHAgent(socketPath);
  return {
    identities: () =>
      new Promise((resolve) => {
        const timer = setTimeout(
          () => resolve(`gave no answer within ${listTimeoutMs / 1000} s`),
          listTimeoutMs,
        );
        agent.getIdentities((error, keys) => {
          clearTimeout(timer);
          resolve(error ? error.message : (keys ?? []).flatMap(toParsedKey));
        });
      }),
    sign: (key, text, options, callback) => {
      agent.sign(key, text, options, callback);
    },
  };
}

/** Offers one key of an agent, so that the order of all offers is ours and each is known by name. */
export class SingleKeyAgent extends ssh2.BaseAgent<ParsedKey> {
  readonly #agent: Agent;
  readonly #key: ParsedKey;

  constructor(agent: Agent, key: ParsedKey) {
    super();
    this.#agent = agent;
    this.#key = key;
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    callback(null, [this.#key]);
  }

  override sign(key: ParsedKey, text: Buffer, options: SigningRequestOptions, callback?: SignCallback): void;
  override sign(key: ParsedKey, text: Buffer, callback: SignCallback): void;
  override sign(
    key: ParsedKey,
    text: Buffer,
    third: SigningRequestOptions | SignCallback,
    fourth?: SignCallback,
  ): void {
    const [options, callback] = typeof third === 'function' ? [{}, third] : [third, fourth];
    if (callback === undefined) return;
    this.#agent.sign(key, text, options, (error, signature) => {
      try {
        callback(error, signature);
      } catch (thrown) {
        // ssh2 throws from here when the agent's signature is malformed: nobody above would catch it.
        callback(thrown instanceof Error ? thrown : new Error(String(thrown)));
      }
    });
  }
}

/** ssh2's types allow for agents that answer with more than parsed keys; its OpenSSH agent doesn't. */
function toParsedKey(entry: ParsedKey | PublicKeyEntry): ParsedKey[] {
  return 'getPublicSSH' in entry ? [entry] : [];
}
