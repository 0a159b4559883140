import { Sensitive } from '../sensitive.ts';
import type { Value } from './model.ts';
import { isUnsafeText } from './unsafe-text.ts';

/** A value as Python's `str()` shows it: text bare, everything inside lists and dicts as `repr()`. */
export function pythonText(value: Value): string {
  if (isUnsafeText(value)) return value.__ansible_unsafe;
  return typeof value === 'string' ? value : pythonRepr(value);
}

function pythonRepr(value: Value): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return quote(value);
  if (value instanceof Sensitive) return value.toString();
  if (isUnsafeText(value)) return quote(value.__ansible_unsafe);
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  const entries = Object.entries(value).map(([key, inner]) => `${quote(key)}: ${pythonRepr(inner)}`);
  return `{${entries.join(', ')}}`;
}

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll('\\', '\\\\').replaceAll(mark, `\\${mark}`);
  return mark + escaped.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t') + mark;
}
