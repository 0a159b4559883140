/**
 * Reads a Python number from the start of a text; `length` is what it took. Undefined where there is none: `007`, `1.2.3`,
 * `5m` and complex numbers are no numbers here. An integer beyond 2^53 comes back as its digits, and a float
 * beyond the largest is none.
 */
export function parsePythonNumber(text: string): { value: number | string; length: number } | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [whole, sign = '', body = ''] = match;
  const digits = body.replaceAll('_', '');
  if (/^0[0-9]*[1-9]/.test(digits) && /^[0-9]+$/.test(digits)) return undefined;
  const magnitude = Number(digits);
  if (magnitude === Infinity) return undefined;
  const isInteger = /^(?:[0-9]+|0[xXoObB].*)$/.test(digits);
  if (isInteger && !Number.isSafeInteger(magnitude)) {
    return { value: `${sign === '-' ? '-' : ''}${BigInt(digits)}`, length: whole.length };
  }
  // `-0` is 0 for Python's integers.
  const value = sign === '-' && !(isInteger && magnitude === 0) ? -magnitude : magnitude;
  return { value, length: whole.length };
}

const DIGITS = '[0-9](?:_?[0-9])*';
const NUMBER = new RegExp(
  `^([-+]?)[ \\t]*(0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|` +
    `(?:${DIGITS}\\.(?:${DIGITS})?|\\.${DIGITS}|${DIGITS})(?:[eE][-+]?${DIGITS})?)(?![\\p{L}\\p{N}_.])`,
  'u',
);
