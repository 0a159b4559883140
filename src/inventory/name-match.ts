/**
 * A test for names from one part of a pattern: `~` introduces a regular expression, all else is a glob as Python's
 * `fnmatch` knows it. Both are anchored at the start, a regular expression only there.
 * Undefined for an expression that can't be read.
 */
export function nameTest(expression: string): ((name: string) => boolean) | undefined {
  const isPlain = !/[~*?[]/.test(expression);
  if (isPlain) return (name) => name === expression;
  const pattern = expression.startsWith('~')
    ? readRegex(expression.slice(1))
    : compile(`^(?:${globSource(expression)})$`, 'su');
  return pattern === undefined ? undefined : (name) => pattern.test(name);
}

/** Python writes flags and named groups in its own way; the rest of the common syntax is shared. */
function readRegex(source: string): RegExp | undefined {
  const flags = /^\(\?([aimsux]+)\)/.exec(source);
  const body = source
    .slice(flags?.[0].length ?? 0)
    .replaceAll('(?P<', '(?<')
    .replaceAll('\\Z', '$');
  return compile(
    `^(?:${body})`,
    [...new Set(flags?.[1] ?? '')].filter((flag) => 'ims'.includes(flag)).join(''),
  );
}

function compile(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
}

function globSource(glob: string): string {
  let source = '';
  for (let at = 0; at < glob.length; at++) {
    const char = glob.charAt(at);
    const close = char === '[' ? glob.indexOf(']', at + (glob.charAt(at + 1) === '!' ? 3 : 2)) : -1;
    if (char === '*') source += '.*';
    else if (char === '?') source += '.';
    else if (close > 0) {
      source += setSource(glob.slice(at + 1, close));
      at = close;
    } else source += /[\\^$.|?*+()[\]{}/]/.test(char) ? `\\${char}` : char;
  }
  return source;
}

function setSource(set: string): string {
  const isNegated = set.startsWith('!');
  const members = (isNegated ? set.slice(1) : set).replace(/[\\[\]^]/g, '\\$&');
  return `[${isNegated ? '^' : ''}${members}]`;
}
