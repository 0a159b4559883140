import type { Value } from '../model.ts';
import type { Expression } from './expression.ts';
import { unsupported } from './fault.ts';
import { syntaxFault, type Token, tokensFrom } from './tokens.ts';

/**
 * Parses what could stand in `{% if … %}`, as the `groups` of the `constructed` plugin do: no `a if b else c` without parentheses.
 * @throws JinjaFault for anything but the supported part of Jinja
 */
export function parseCondition(text: string): Expression {
  const { tokens, end } = tokensFrom(text, 0);
  if (end !== undefined) throw syntaxFault('}}');
  const parser = new Parser(tokens);
  const expression = parser.or();
  parser.expectEnd();
  return expression;
}

/** Parses the tokens of a whole expression. */
export function parseTokens(tokens: readonly Token[]): Expression {
  const parser = new Parser(tokens);
  const expression = parser.condition();
  parser.expectEnd();
  return expression;
}

const CONSTANTS: ReadonlyMap<string, Value> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);

/** Words that can't be names. */
const WORDS = new Set(['and', 'or', 'not', 'in', 'is', 'if', 'else', 'elif', 'for']);

/** Jinja's own recursive descent: each method parses what binds as tightly as its name says, or tighter. */
class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  expectEnd(): void {
    const next = this.#tokens[this.#at];
    if (next !== undefined) throw syntaxFault(next.text);
  }

  condition(): Expression {
    this.#depth += 1;
    if (this.#depth > 100) throw unsupported('an expression that is nested so deeply');
    let yes = this.or();
    while (this.#takeName('if')) {
      const condition = this.or();
      const no = this.#takeName('else') ? this.condition() : undefined;
      yes = { kind: 'if', condition, yes, no };
    }
    this.#depth -= 1;
    return yes;
  }

  /** All but `a if b else c`. */
  or(): Expression {
    let left = this.#and();
    while (this.#takeName('or')) left = { kind: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.#takeName('and')) left = { kind: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Expression {
    return this.#takeName('not') ? { kind: 'not', of: this.#not() } : this.#compare();
  }

  #compare(): Expression {
    const first = this.#sum();
    const rest: { sign: string; right: Expression }[] = [];
    for (;;) {
      const sign = this.#takeSign('==', '!=', '<', '<=', '>', '>=');
      if (sign !== undefined) rest.push({ sign, right: this.#sum() });
      else if (this.#takeName('in')) rest.push({ sign: 'in', right: this.#sum() });
      else if (this.#isName('not') && this.#isName('in', 1)) {
        this.#at += 2;
        rest.push({ sign: 'not in', right: this.#sum() });
      } else return rest.length === 0 ? first : { kind: 'compare', first, rest };
    }
  }

  #sum(): Expression {
    let left = this.#concat();
    for (let sign = this.#takeSign('+', '-'); sign !== undefined; sign = this.#takeSign('+', '-'))
      left = { kind: 'binary', sign, left, right: this.#concat() };
    return left;
  }

  #concat(): Expression {
    const parts = [this.#product()];
    while (this.#takeSign('~') !== undefined) parts.push(this.#product());
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: 'concat', parts };
  }

  #product(): Expression {
    let left = this.#unary(true);
    const next = () => this.#takeSign('*', '/', '//', '%');
    for (let sign = next(); sign !== undefined; sign = next())
      left = { kind: 'binary', sign, left, right: this.#unary(true) };
    if (this.#isSign('**')) throw unsupported('"**"');
    return left;
  }

  #unary(withFilters: boolean): Expression {
    const sign = this.#takeSign('-', '+');
    const inner: Expression =
      sign === undefined
        ? this.#postfix(this.#primary())
        : { kind: sign === '-' ? 'minus' : 'plus', of: this.#unary(false) };
    return withFilters ? this.#filters(inner) : inner;
  }

  #primary(): Expression {
    const token = this.#next();
    if (token.kind === 'string' || token.kind === 'number') {
      let { value } = token;
      // Adjacent strings are one.
      for (let more = this.#tokens[this.#at]; token.kind === 'string' && more?.kind === 'string'; ) {
        value = `${value}${more.value}`;
        this.#at += 1;
        more = this.#tokens[this.#at];
      }
      return { kind: 'literal', value };
    }
    if (token.kind === 'name') {
      const constant = CONSTANTS.get(token.text);
      if (constant !== undefined) return { kind: 'literal', value: constant };
      if (WORDS.has(token.text)) throw syntaxFault(token.text);
      return { kind: 'name', name: token.text };
    }
    if (token.text === '(') return this.#parenthesised();
    if (token.text === '[') return { kind: 'list', items: this.#items(']') };
    if (token.text === '{') return { kind: 'mapping', entries: this.#entries() };
    throw syntaxFault(token.text);
  }

  #parenthesised(): Expression {
    if (this.#isSign(')')) throw unsupported('a tuple');
    const inner = this.condition();
    if (this.#isSign(',')) throw unsupported('a tuple');
    this.#expect(')');
    return inner;
  }

  #items(close: string): readonly Expression[] {
    const items: Expression[] = [];
    while (this.#takeSign(close) === undefined) {
      items.push(this.condition());
      if (!this.#isSign(close)) this.#expect(',');
    }
    return items;
  }

  #entries(): readonly (readonly [Expression, Expression])[] {
    const entries: [Expression, Expression][] = [];
    while (this.#takeSign('}') === undefined) {
      const key = this.condition();
      this.#expect(':');
      entries.push([key, this.condition()]);
      if (!this.#isSign('}')) this.#expect(',');
    }
    return entries;
  }

  #postfix(start: Expression): Expression {
    let inner = start;
    for (;;) {
      if (this.#takeSign('.') !== undefined) {
        const token = this.#next();
        if (token.kind === 'name') inner = { kind: 'attribute', of: inner, name: token.text };
        else if (token.kind === 'number' && /^\d+$/.test(token.text))
          inner = { kind: 'item', of: inner, index: { kind: 'literal', value: token.value } };
        else throw syntaxFault(token.text);
      } else if (this.#takeSign('[') !== undefined) {
        if (this.#isSign(':')) throw unsupported('a slice');
        const index = this.condition();
        if (this.#isSign(':')) throw unsupported('a slice');
        this.#expect(']');
        inner = { kind: 'item', of: inner, index };
      } else if (this.#isSign('(')) throw this.#call(inner);
      else return inner;
    }
  }

  #filters(start: Expression): Expression {
    let inner = start;
    for (;;) {
      if (this.#takeSign('|') !== undefined) {
        const name = this.#dotted();
        inner = { kind: 'filter', of: inner, name, ...this.#arguments() };
      } else if (this.#takeName('is')) {
        const isNegated = this.#takeName('not');
        const test: Expression = { kind: 'test', of: inner, name: this.#dotted() };
        const next = this.#tokens[this.#at];
        // `is divisibleby 3`, `is match("x")`: a test with an argument.
        const hasArgument =
          next !== undefined &&
          (next.kind !== 'sign' ? !WORDS.has(next.text) : ['(', '[', '{'].includes(next.text));
        if (hasArgument) throw unsupported(`the test "${test.name}"`);
        inner = isNegated ? { kind: 'not', of: test } : test;
      } else if (this.#isSign('(')) throw this.#call(inner);
      else return inner;
    }
  }

  #arguments(): { args: readonly Expression[]; named: ReadonlyMap<string, Expression> } {
    const args: Expression[] = [];
    const named = new Map<string, Expression>();
    if (this.#takeSign('(') === undefined) return { args, named };
    while (this.#takeSign(')') === undefined) {
      const [name, equals] = [this.#tokens[this.#at], this.#tokens[this.#at + 1]];
      if (name?.kind === 'name' && equals?.kind === 'sign' && equals.text === '=') {
        this.#at += 2;
        named.set(name.text, this.condition());
      } else args.push(this.condition());
      if (!this.#isSign(')')) this.#expect(',');
    }
    return { args, named };
  }

  #dotted(): string {
    let name = this.#nameToken();
    while (this.#takeSign('.') !== undefined) name += `.${this.#nameToken()}`;
    return name;
  }

  #nameToken(): string {
    const token = this.#next();
    if (token.kind !== 'name') throw syntaxFault(token.text);
    return token.text;
  }

  #call(callee: Expression) {
    if (callee.kind === 'attribute') {
      const hint = ['split', 'lower', 'upper', 'replace'].includes(callee.name)
        ? `Write it as a filter: | ${callee.name}.`
        : undefined;
      return unsupported(`the method ${callee.name}()`, hint);
    }
    return unsupported(callee.kind === 'name' ? `${callee.name}()` : 'a call');
  }

  #next(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw syntaxFault('the end');
    this.#at += 1;
    return token;
  }

  #isSign(text: string): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === 'sign' && token.text === text;
  }

  #takeSign(...texts: readonly string[]): string | undefined {
    const found = texts.find((text) => this.#isSign(text));
    if (found !== undefined) this.#at += 1;
    return found;
  }

  #isName(text: string, ahead = 0): boolean {
    const token = this.#tokens[this.#at + ahead];
    return token?.kind === 'name' && token.text === text;
  }

  #takeName(text: string): boolean {
    const found = this.#isName(text);
    if (found) this.#at += 1;
    return found;
  }

  #expect(sign: string): void {
    if (this.#takeSign(sign) === undefined) throw syntaxFault(this.#tokens[this.#at]?.text ?? 'the end');
  }
}
