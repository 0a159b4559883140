/** What may stand in a value: `%h` by its letter, and `${NAME}` where an environment is given. */
export type Expanded =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'fault'; readonly fault: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** Expands the tokens of ssh_config(5), TOKENS; one that isn't among `tokens` is a fault, as for ssh(1). */
export function expandTokens(
  text: string,
  tokens: Readonly<Record<string, string>>,
  environment?: Environment,
): Expanded {
  let fault: string | undefined;
  const variable = environment === undefined ? '' : '\\$\\{([^}]*)(\\}?)|';
  const expanded = text.replace(new RegExp(`${variable}%(.?)`, 'gsu'), (...parts: string[]) => {
    const [name, close, letter] =
      environment === undefined ? [undefined, '', parts[1]] : [parts[1], parts[2], parts[3]];
    if (name !== undefined) {
      const value = close === '' ? undefined : environment?.[name];
      if (value === undefined) fault ??= `the environment has no ${JSON.stringify(name)}`;
      return value ?? '';
    }
    const value =
      letter === '%' ? '%' : Object.hasOwn(tokens, letter ?? '') ? tokens[letter ?? ''] : undefined;
    if (value === undefined) fault ??= `there is no token %${letter} here`;
    return value ?? '';
  });
  return fault === undefined ? { kind: 'text', text: expanded } : { kind: 'fault', fault };
}

/** `~` and `~/…`; a fault for another user's home. */
export function expandHome(path: string, home: string): Expanded {
  if (/^~[^/]/.test(path)) return { kind: 'fault', fault: "another user's home (~name) is not looked up" };
  return { kind: 'text', text: path.replace(/^~(?=\/|$)/, () => home) };
}
