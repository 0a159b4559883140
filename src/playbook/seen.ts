import { isJinja } from '../inventory/jinja/is-jinja.ts';
import { Unusable } from '../unusable.ts';
import { FaultError, unusableFault } from './fault.ts';

/** What an expression of a template can evaluate to: what a variable comes to, but never a secret. */
export type Seen =
  | null
  | boolean
  | number
  | string
  | Unusable
  | readonly Seen[]
  | { readonly [key: string]: Seen };

/** A mapping, as a template sees it: only its own keys exist, never what JavaScript's prototypes add. */
export function isMapping(value: Seen | undefined): value is { readonly [key: string]: Seen } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Unusable);
}

export function isList(value: Seen | undefined): value is readonly Seen[] {
  return Array.isArray(value);
}

/**
 * The value as a template shows it in an error message, on one line and never longer than a line has room for.
 */
export function shown(value: Seen): string {
  if (value instanceof Unusable) throw unusableFault(value);
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/**
 * The text of a value that is to stand in a rule or a check: strings as they are, numbers in decimal.
 *
 * @param name the expression as the template has it, for messages
 * @throws FaultError for anything that has no single text, still holds template text, or is secret
 */
export function textOf(value: Seen, name: string): string {
  if (value instanceof Unusable) throw unusableFault(value);
  if (typeof value === 'number') {
    if (Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)))
      return String(value);
    throw new FaultError(
      'not-a-token',
      `${name} is a number too large to be exact (${value})`,
      'Quote it, so that it stays the text that was written.',
    );
  }
  if (typeof value !== 'string') {
    const remedy = isList(value)
      ? `Go through it with {{#each ${name}}}, or write {{join ${name} ","}}.`
      : isMapping(value)
        ? name.startsWith('an item of ')
          ? 'Go through the list with {{#each}}, and name a key of each item: {{address}}.'
          : `Name one of its keys: {{${name}.key}}.`
        : `Test it with {{#if ${name}}}, or give it a text or a number.`;
    throw new FaultError(
      'not-a-token',
      `${name} is ${kindOf(value)} (${shown(value)}), which has no place in a line`,
      remedy,
    );
  }
  if (isJinja(value)) {
    throw new FaultError(
      'unrendered-variable',
      `${name} still holds template text: ${shown(value)}`,
      'Templates are resolved in variables of the inventory and of -e; in a playbook, write the value itself.',
    );
  }
  return value;
}

function kindOf(value: Seen): string {
  if (value === null) return 'null';
  return typeof value === 'boolean' ? 'a boolean' : isList(value) ? 'a list' : 'a mapping';
}
