/** The names a host entry stands for, or why it stands for none. */
export type Expansion = { readonly names: readonly string[] } | { readonly error: string };

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** More than any fleet holds: a range that passes it is a slip of the keyboard, and would exhaust memory. */
const MOST_NAMES = 1_000_000;

/**
 * Expands `gw[01:04].example.com` into its names: inclusive, zero-padded like its begin, with an optional step,
 * letters `[a:d]`, several ranges from left to right. `[3:1]` is empty, as in Ansible.
 */
export function expandRanges(pattern: string): Expansion {
  let names = [''];
  let rest = pattern;
  for (let open = rest.indexOf('['); open >= 0; open = rest.indexOf('[')) {
    const close = rest.indexOf(']', open);
    if (close < 0) return { error: `range in "${pattern}" has no closing "]"` };
    const sequence = expandBounds(rest.slice(open + 1, close), names.length);
    if ('error' in sequence) return sequence;
    const head = rest.slice(0, open);
    names = names.flatMap((name) => sequence.names.map((part) => name + head + part));
    rest = rest.slice(close + 1);
  }
  return { names: names.map((name) => name + rest) };
}

function expandBounds(text: string, multiplier: number): Expansion {
  const [begin = '', end, stepText = '1', ...others] = text.split(':');
  if (end === undefined || others.length > 0)
    return { error: `range "[${text}]" must be begin:end or begin:end:step` };
  if (end === '') return { error: `range "[${text}]" must specify its end` };
  const step = wholeNumber(stepText);
  if (step === undefined || step === 0)
    return { error: `range "[${text}]" has no usable step "${stepText}"` };
  if (begin.length === 1 && end.length === 1 && LETTERS.includes(begin) && LETTERS.includes(end)) {
    return letters(text, begin, end, step);
  }
  const first = wholeNumber(begin === '' ? '0' : begin);
  const last = wholeNumber(end);
  if (first === undefined || last === undefined)
    return { error: `range "[${text}]" is neither of numbers nor of single letters` };
  const width = begin.length > 1 && begin.startsWith('0') ? begin.length : 0;
  if (width > 0 && width !== end.length)
    return { error: `range "[${text}]" must have a begin and an end of equal length` };
  if ((Math.abs(last - first) / Math.abs(step) + 1) * multiplier > MOST_NAMES) {
    return { error: `range "[${text}]" stands for more than ${MOST_NAMES} hosts` };
  }
  const names: string[] = [];
  // Python's range(begin, end + 1, step): a negative step also stops before end + 1.
  for (let at = first; step > 0 ? at < last + 1 : at > last + 1; at += step)
    names.push(String(at).padStart(width, '0'));
  return { names };
}

function letters(text: string, begin: string, end: string, step: number): Expansion {
  const from = LETTERS.indexOf(begin);
  const to = LETTERS.indexOf(end);
  if (from > to) return { error: `range "[${text}]" must have begin <= end` };
  if (step < 0) return { error: `range "[${text}]" has no usable step "${step}"` };
  return { names: [...LETTERS.slice(from, to + 1)].filter((_, index) => index % step === 0) };
}

function wholeNumber(text: string): number | undefined {
  const trimmed = text.trim();
  return /^[-+]?\d{1,15}$/.test(trimmed) ? Number(trimmed) : undefined;
}
