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

/** Whole questions that stay in memory: those of both families of one gateway, for a few plays. */
const ASKED = 8;

/**
 * Answers a question that was asked before, of another gateway of the same kind, as it was answered then. What it answers must not be
 * changed.
 */
export function rememberLike<Question, Answer>(
  isSame: (one: Question, other: Question) => boolean,
  answer: (question: Question) => Answer,
): (question: Question) => Answer {
  type Known = { readonly question: Question; readonly answer: Answer };
  let recent: readonly Known[] = [];
  return (question) => {
    const known = recent.find((one) => isSame(one.question, question));
    const told = known ?? { question, answer: answer(question) };
    if (told !== recent[0]) recent = [told, ...recent.filter((one) => one !== known)].slice(0, ASKED);
    return told.answer;
  };
}
