import { Sensitive } from '../../sensitive.ts';
import type { Value } from '../model.ts';
import { SecretTemplate } from '../secret-template.ts';

/**
 * Says whether a value, or anything inside it, still holds a Jinja expression that Ansible would have rendered
 * (`{{`, `{%` or `{#`). Such a value is kept as written; using it in a rule is an error.
 */
export function isJinja(value: Value): boolean {
  if (typeof value === 'string') return /\{[{%#]/.test(value);
  if (value === null || typeof value !== 'object') return false;
  if (value instanceof Sensitive) return value instanceof SecretTemplate;
  return Object.values(value).some(isJinja);
}
