import { SecretText, type Sensitive } from '../sensitive.ts';
import { CheckText } from './check-text.ts';
import type { Hide } from './secrets.ts';

/**
 * Lets headers hold secrets, and nothing else of a check: in what is rendered each stands as a mark that no text of a playbook can
 * hold, and the finished text is made of its parts again.
 */
export class HeaderSecrets {
  readonly #secrets: Sensitive[] = [];

  /** For the variables that headers see. */
  readonly hide: Hide = (_name, value) => {
    this.#secrets.push(value);
    return `${MARK}${this.#secrets.length - 1}${MARK}`;
  };

  /** The text of a header, secret where a part of it is. */
  whole(text: string): string | Sensitive {
    const parts = text.split(MARK);
    if (parts.length === 1) return text;
    return new SecretText(
      parts.map((part, index) => (index % 2 === 0 ? part : (this.#secrets[Number(part)] ?? ''))),
    );
  }
}

const MARK = '\u0000';

/** Collects a header: what is no secret must be words. */
export class HeaderText extends CheckText {
  constructor() {
    super('words');
  }

  override value(text: string, name: string): void {
    if (/^\0\d+\0$/.test(text)) this.text += text;
    else super.value(text, name);
  }
}
