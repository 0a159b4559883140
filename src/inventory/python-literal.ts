import type { Value } from './model.ts';
import { parsePythonNumber } from './python-number.ts';
import { parsePythonString } from './python-string.ts';

/**
 * Reads the value of an INI variable as Ansible does: a Python literal where it is one (`1500`, `True`, `None`,
 * `[1, 2]`, `{'a': 1}`, `'quoted'`, and `80,443`, which is a tuple), else the text itself.
 *
 * Sets, complex numbers and bytes that are no text have no place in a `Value`: they stay text. So do integers that a double
 * can't hold exactly, because their digits matter more than their type.
 */
export function parsePythonValue(text: string): Value {
  const literal = new LiteralReader(text, PYTHON_NAMES).readAll();
  return literal === undefined ? text : literal.value;
}

/** As `parsePythonValue`, with JSON's `true`, `false` and `null` too: so Ansible reads what a template comes to. */
export function parsePythonOrJson(text: string): Value {
  const literal = new LiteralReader(text, new Map([...PYTHON_NAMES, ...JSON_NAMES])).readAll();
  return literal === undefined ? text : literal.value;
}

const PYTHON_NAMES: ReadonlyMap<string, Value> = new Map([
  ['True', true],
  ['False', false],
  ['None', null],
]);
const JSON_NAMES: ReadonlyMap<string, Value> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

type Literal = { readonly value: Value };

/** A recursive-descent reader; each `read…` answers undefined where the text is no literal. */
class LiteralReader {
  readonly #text: string;
  readonly #names: ReadonlyMap<string, Value>;
  #at = 0;
  #depth = 0;

  constructor(text: string, names: ReadonlyMap<string, Value>) {
    this.#text = text;
    this.#names = names;
  }

  readAll(): Literal | undefined {
    const first = this.#read();
    if (first === undefined) return undefined;
    const literal = this.#peek() === ',' ? this.#readTuple([first.value]) : first;
    return literal !== undefined && this.#isAtEnd() ? literal : undefined;
  }

  #read(): Literal | undefined {
    // Python's own parser refuses some 200 levels; ours must not overflow the stack before.
    if (this.#depth > 100) return undefined;
    this.#depth += 1;
    const literal = this.#readOne();
    this.#depth -= 1;
    return literal;
  }

  #readOne(): Literal | undefined {
    const char = this.#peek();
    if (char === '[') return this.#readList();
    if (char === '(') return this.#readParenthesised();
    if (char === '{') return this.#readDict();
    const rest = this.#text.slice(this.#at);
    const name = /^([A-Za-z]+)(?![\p{L}\p{N}_'"])/u.exec(rest)?.[1] ?? '';
    const constant = this.#names.get(name);
    if (constant !== undefined) {
      this.#at += name.length;
      return { value: constant };
    }
    const scalar = parsePythonNumber(rest) ?? this.#readStrings(rest);
    if (scalar !== undefined) this.#at += scalar.length;
    return scalar;
  }

  /** Adjacent string literals are one string. */
  #readStrings(rest: string): (Literal & { length: number }) | undefined {
    let joined: { value: string; length: number } | undefined;
    for (;;) {
      const skipped = joined === undefined ? 0 : joined.length + spaces(rest.slice(joined.length));
      const part = parsePythonString(rest.slice(skipped));
      if (part === undefined) return joined;
      joined = { value: (joined?.value ?? '') + part.value, length: skipped + part.length };
    }
  }

  #readList(): Literal | undefined {
    this.#at += 1;
    const items = this.#readItems([], ']');
    return items === undefined ? undefined : { value: items };
  }

  #readParenthesised(): Literal | undefined {
    this.#at += 1;
    if (this.#take(')')) return { value: [] };
    const first = this.#read();
    if (first === undefined) return undefined;
    if (this.#take(')')) return first;
    if (!this.#take(',')) return undefined;
    const items = this.#readItems([first.value], ')');
    return items === undefined ? undefined : { value: items };
  }

  #readItems(items: Value[], close: string): Value[] | undefined {
    while (!this.#take(close)) {
      const item = this.#read();
      if (item === undefined) return undefined;
      items.push(item.value);
      if (this.#take(close)) return items;
      if (!this.#take(',')) return undefined;
    }
    return items;
  }

  #readTuple(items: Value[]): Literal | undefined {
    while (this.#take(',')) {
      if (this.#isAtEnd()) break;
      const item = this.#read();
      if (item === undefined) return undefined;
      items.push(item.value);
    }
    return { value: items };
  }

  #readDict(): Literal | undefined {
    this.#at += 1;
    const entries: [string, Value][] = [];
    while (!this.#take('}')) {
      const key = this.#read();
      if (key === undefined || (typeof key.value === 'object' && key.value !== null) || !this.#take(':'))
        return undefined;
      const value = this.#read();
      if (value === undefined) return undefined;
      entries.push([String(key.value), value.value]);
      if (this.#take('}')) break;
      if (!this.#take(',')) return undefined;
    }
    return { value: Object.fromEntries(entries) };
  }

  #peek(): string {
    // Python takes line breaks for blanks inside of brackets.
    const blank = this.#depth > 0 ? /[ \t\f\r\n]/ : /[ \t\f]/;
    while (blank.test(this.#text.charAt(this.#at))) this.#at += 1;
    return this.#text.charAt(this.#at);
  }

  #take(char: string): boolean {
    const found = this.#peek() === char;
    if (found) this.#at += 1;
    return found;
  }

  #isAtEnd(): boolean {
    const char = this.#peek();
    return char === '' || char === '#';
  }
}

function spaces(text: string): number {
  return /^[ \t\f]*/.exec(text)?.[0].length ?? 0;
}
