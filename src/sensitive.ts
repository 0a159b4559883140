import type { Problem } from './problem.ts';

/**
 * A text that must not be shown: a password, a passphrase, a value out of the vault. Printed, inspected, turned into JSON or
 * put into a template it says `[secret]`; only `reveal()` answers the text, at the one place that hands it over.
 */
export class Sensitive {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** @throws Error while something is `sealed` */
  reveal(): string {
    return this.#text;
  }

  /** What the vault must open before `reveal()` can answer. */
  get sealed(): readonly Vaulted[] {
    return [];
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): unknown {
    return SHOWN;
  }

  /** What Node's `util.inspect`, and with it every assertion and stack of errors, shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

const SHOWN = '[secret]';

/**
 * A value that was encrypted by itself (`!vault`). It stays sealed until somebody needs it: who reads it asks what is `sealed` first,
 * and has the vault open it. In JSON it is its ciphertext, under the key that Ansible's own JSON uses.
 */
export class Vaulted extends Sensitive {
  readonly ciphertext: string;
  /** Where it is written. */
  readonly place: Pick<Problem, 'file' | 'line'>;
  #opened: Sensitive | undefined;

  constructor(ciphertext: string, place: Vaulted['place'] = {}) {
    super('');
    this.ciphertext = ciphertext;
    this.place = place;
  }

  override get sealed(): readonly Vaulted[] {
    return this.#opened === undefined ? [this] : [];
  }

  /** For the vault, which decrypted it. */
  open(text: Sensitive): void {
    this.#opened = text;
  }

  override reveal(): string {
    if (this.#opened === undefined) throw new Error('a vaulted value was read before it was decrypted');
    return this.#opened.reveal();
  }

  override toString(): string {
    return '*****';
  }

  override toJSON(): unknown {
    return { __ansible_vault: this.ciphertext };
  }
}

/** A text made of others with secrets among them, which makes it one itself. It is made when it is revealed: till then they may be sealed. */
export class SecretText extends Sensitive {
  readonly #parts: readonly (string | Sensitive)[];
  readonly #make: (text: string) => string;

  /** @param make what becomes of the parts, which are put together first */
  constructor(parts: readonly (string | Sensitive)[], make: (text: string) => string = (text) => text) {
    super('');
    this.#parts = parts;
    this.#make = make;
  }

  override get sealed(): readonly Vaulted[] {
    return this.#parts.flatMap((part) => (typeof part === 'string' ? [] : part.sealed));
  }

  override reveal(): string {
    const texts = this.#parts.map((part) => (typeof part === 'string' ? part : part.reveal()));
    return this.#make(texts.join(''));
  }
}

/** Puts `[secret]` in the place of every one of the texts, where it stands as a word of its own. */
export function withoutSecrets(text: string, secrets: readonly Sensitive[]): string {
  const words = secrets.map((secret) => secret.reveal()).filter((word) => word.trim() !== '');
  const written = words.flatMap((word) => [word, JSON.stringify(word).slice(1, -1)]);
  return [...new Set(written)]
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, word) => rest.replace(asWord(word), SHOWN), text);
}

function asWord(word: string): RegExp {
  const escaped = word.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
  return new RegExp(`(?<![A-Za-z0-9_])${escaped}(?![A-Za-z0-9_])`, 'g');
}

/** A problem that may quote secrets, without them. */
export function hideIn(problem: Problem, secrets: readonly Sensitive[]): Problem {
  if (secrets.length === 0) return problem;
  const { message, remedy } = problem;
  return {
    ...problem,
    message: withoutSecrets(message, secrets),
    remedy: withoutSecrets(remedy, secrets),
  };
}
