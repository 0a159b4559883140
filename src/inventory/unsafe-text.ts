/**
 * Text with braces in it that is no template all the same (`!unsafe`), under the key that Ansible's own JSON uses. Text without braces
 * needs no such mark.
 */
export type UnsafeText = { readonly __ansible_unsafe: string };

/** Says whether a value is such text; `{"__ansible_unsafe": …}` in JSON counts too. */
export function isUnsafeText(value: unknown): value is UnsafeText {
  return typeof value === 'object' && value !== null && '__ansible_unsafe' in value;
}
