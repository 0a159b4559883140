import { SecretText, Sensitive } from '../../sensitive.ts';
import type { Resolved, Value } from '../model.ts';
import { parsePythonOrJson } from '../python-literal.ts';
import { evaluate, type Names } from './evaluate.ts';
import { present, type Result, TextOf } from './result.ts';
import { parseTemplate, type Template } from './template.ts';

/**
 * Resolves a text as Ansible 2.14 does without `jinja2_native`: a single `{{ name }}` keeps the type of a variable that is no template
 * itself; anything else becomes text, which turns back into a list, a mapping or a boolean where it reads like one.
 *
 * @param raw the variable of a name as it is written, for the one case in which its type counts
 * @throws JinjaFault where the text can't be resolved
 */
export function resolveText(text: string, names: Names, raw: (name: string) => Value | undefined): Resolved {
  // One line feed at the end is not Jinja's, as a block scalar `|` leaves it there; Ansible puts it back where the text lacks it.
  const body = text.replace(/\n$/, '');
  const lines = feedsAtEnd(text);
  const parts = templateOf(body);
  const [only] = parts;
  if (only?.kind === 'expression' && parts.length === 1) {
    const { expression } = only;
    const name = /^\{\{\s*(\p{L}[\p{L}\p{N}_]*|_[\p{L}\p{N}_]*)\s*\}\}$/u.exec(body)?.[1];
    const written = name === undefined ? undefined : raw(name);
    if (typeof written === 'number' || typeof written === 'boolean' || written === null) return written;
    const result = evaluate(expression, names);
    // Ansible marks what the filter `string` makes as text that stays text.
    const isText = expression.kind === 'filter' && expression.name === 'string';
    return withFeeds(isText ? present(result) : single(result), lines);
  }
  const whole = new TextOf();
  for (const part of parts)
    whole.add(part.kind === 'text' ? part.text : orNothing(evaluate(part.expression, names)));
  return withFeeds(typed(whole.value), lines);
}

function single(result: Result): Resolved {
  const value = present(orNothing(result));
  // A list or mapping would come back from its own text as it is; a secret is passed on whole.
  if (value instanceof Sensitive) return value;
  return typeof value === 'object' && value !== null ? value : typed(new TextOf().add(value).value);
}

/** Ansible shows None as nothing, where an expression ends in it. */
function orNothing(result: Result): Result {
  return result === null ? '' : result;
}

/** Text that reads like a list, a mapping or a boolean is one. */
function typed(text: string | Sensitive): Resolved {
  if (text instanceof Sensitive || !/^(?:[[{]|(?:True|False)$)/.test(text)) return text;
  return parsePythonOrJson(text);
}

function withFeeds(value: Resolved, lines: number): Resolved {
  const padded = (text: string) => text + '\n'.repeat(Math.max(0, lines - feedsAtEnd(text)));
  if (typeof value === 'string') return padded(value);
  return lines > 0 && value instanceof Sensitive ? new SecretText([value], padded) : value;
}

function feedsAtEnd(text: string): number {
  return /\n*$/.exec(text)?.[0].length ?? 0;
}

/** A fleet has few distinct templates: each is parsed once, and the memory is given back where there are many after all. */
const parsed = new Map<string, Template>();
const MOST_PARSED = 1000;

function templateOf(text: string): Template {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const template = parseTemplate(text);
  if (parsed.size >= MOST_PARSED) parsed.clear();
  parsed.set(text, template);
  return template;
}
