import { isJinja } from '../inventory/jinja/is-jinja.ts';
import type { Resolved } from '../inventory/model.ts';
import { isVaulted } from '../inventory/vaulted.ts';
import { Sensitive } from '../sensitive.ts';
import { Unusable } from '../unusable.ts';
import { FaultError } from './fault.ts';

/** What an expression of a template can evaluate to. */
export type Seen = Resolved;

/** A mapping, as a template sees it: only its own keys exist, never what JavaScript's prototypes add. */
export function isMapping(value: Seen | undefined): value is { readonly [key: string]: Seen } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !(value instanceof Unusable || value instanceof Sensitive);
}

export function isList(value: Seen | undefined): value is readonly Seen[] {
  return Array.isArray(value);
}

/**
 * The value as a template shows it in an error message, on one line and never longer than a line has room for.
 */
export function shown(value: Seen): string {
  if (value instanceof Sensitive) return 'a secret';
  if (isVaulted(value)) return 'a vault-encrypted value';
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
  if (value instanceof Unusable) throw new FaultError(value.code, value.message, value.remedy);
  if (value instanceof Sensitive) {
    throw new FaultError(
      'secret-in-rule',
      `${name} is a secret, or holds one, and secrets are never rendered`,
      'Use a variable that is not secret.',
    );
  }
  if (isVaulted(value)) {
    throw new FaultError(
      'secret-in-rule',
      `${name} is encrypted with Ansible Vault, and secrets are never rendered`,
      'Use a variable that is not secret.',
    );
  }
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
        ? `Name one of its keys: {{${name}.key}}.`
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
