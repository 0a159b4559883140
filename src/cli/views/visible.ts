import type { Event } from '../../rollout/events.ts';

/**
 * The same event with every text in it safe to print: what gateways and inventories say may hold escape sequences
 * that move the cursor, retitle the window or hide text. Line feeds stay only in fields that may have several lines.
 */
export function visibleEvent(event: Event): Event {
  return visibleValue(event, '') as Event;
}

/** Spells out control, format (bidirectional overrides, zero width) and line-separating characters: `\x1b`, `\u202e`. */
export function visible(text: string): string {
  return !PRINTABLE.test(text) && UNSAFE.test(text)
    ? text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, spell)
    : text;
}

/** As `visible`, but line feeds stay. */
export function visibleLines(text: string): string {
  return text.replaceAll('\r\n', '\n').split('\n').map(visible).join('\n');
}

/** What nearly every text is, and far quicker to see. */
const PRINTABLE = /^[ -~]*$/;
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Fields that may have several lines: a Problem's, a diff's, the reason of a rollback. */
const MULTI_LINE = new Set(['message', 'remedy', 'text', 'reason']);

function visibleValue(value: unknown, key: string): unknown {
  if (typeof value === 'string') return MULTI_LINE.has(key) ? visibleLines(value) : visible(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => visibleValue(item, key));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, visibleValue(item, name)]));
}

function spell(character: string): string {
  const named = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
  if (named !== undefined) return named;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
}
