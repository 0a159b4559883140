/**
 * A text that must not be shown: a password, a passphrase. Printed, inspected, turned into JSON or put into a template
 * it says `[secret]`; only `reveal()` answers the text, at the one place that hands it over.
 */
export class Sensitive {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  /** What Node's `util.inspect`, and with it every assertion and stack of errors, shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return SHOWN;
  }
}

const SHOWN = '[secret]';
