import { Sensitive } from '../sensitive.ts';

/** The text of a template out of a wholly encrypted file. It stands for nothing until it is resolved, and can't be read as a text. */
export class SecretTemplate extends Sensitive {
  readonly #template: string;

  constructor(template: string) {
    super('');
    this.#template = template;
  }

  /** For whoever resolves it; what comes of it is as secret. */
  template(): string {
    return this.#template;
  }

  override reveal(): string {
    throw new Error('a template was read before it was resolved');
  }
}
