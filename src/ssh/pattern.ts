/** `*` any run of characters, `?` exactly one; linear, so that a hostile pattern can't stall us. */
export function matchesPattern(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let retry = 0;
  let index = 0;
  while (index < text.length) {
    const char = pattern.charAt(at);
    if (char === '*') {
      star = at++;
      retry = index;
    } else if (char !== '' && (char === '?' || char === text.charAt(index))) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      at = star + 1;
      index = ++retry;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}

/** Patterns of which one must match and none that begins with `!` may (ssh_config(5), PATTERNS). */
export function matchesPatternList(patterns: readonly string[], text: string): boolean {
  const isOneOf = (pattern: string) => matchesPattern(pattern, text);
  if (patterns.some((pattern) => pattern.startsWith('!') && isOneOf(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && isOneOf(pattern));
}
