/** Texts that stay in memory: the rules of one large gateway, and of the one before. */
const REMEMBERED = 10_000;

/**
 * Makes something of a text; of the same text, which many chains and gateways have, once. What it makes must not be changed.
 *
 * @param make may throw: nothing is remembered then
 */
export function rememberTexts<Made>(make: (text: string) => Made): (text: string) => Made {
  let [recent, older] = [new Map<string, Made>(), new Map<string, Made>()];
  return (text) => {
    const known = recent.get(text);
    if (known !== undefined) return known;
    const made = older.get(text) ?? make(text);
    if (recent.size >= REMEMBERED) [older, recent] = [recent, new Map()];
    recent.set(text, made);
    return made;
  };
}
