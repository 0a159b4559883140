import type { Sink } from './evaluate.ts';
import { FaultError } from './fault.ts';

/** What a string of a check is used for, which decides what a value in it may hold. */
export type Use = 'target' | 'shell' | 'words';

/** Collects one rendered string of a check. */
export class CheckText implements Sink {
  readonly family = undefined;
  readonly #use: Use;
  text = '';

  constructor(use: Use) {
    this.#use = use;
  }

  literal(text: string): void {
    this.text += text;
  }

  value(text: string, name: string): void {
    refuse(text, name, this.#use);
    this.text += text;
  }
}

function refuse(text: string, name: string, use: Use): void {
  const echo = `${name} is ${JSON.stringify(text)}`;
  if (text === '') throw new FaultError('not-a-token', `${name} is empty`, 'Give it a value.');
  switch (use) {
    case 'shell':
      // A command runs as root on the gateway: no value may ever be more than one plain word of it.
      if (/^[A-Za-z0-9_.:/@%+=,-]+$/.test(text)) return;
      throw new FaultError(
        'shell-value',
        `${echo}, which is not one plain word of a command`,
        'Values in commands hold only letters, digits and _ . : / @ % + = , -',
      );
    case 'target':
      if (!/[\s\p{C}"'\\]/u.test(text)) return;
      throw new FaultError(
        'not-a-token',
        `${echo}, which can't be part of an address`,
        'Remove spaces, quotes and backslashes.',
      );
    case 'words':
      if (!/\p{C}/u.test(text)) return;
      throw new FaultError('not-a-token', `${echo}, which holds a control character`, 'Remove it.');
  }
}
