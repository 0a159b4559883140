import type { Family } from '../ruleset/model.ts';
import type { Sink } from './evaluate.ts';
import { type Fault, FaultError } from './fault.ts';
import { isSamePlace, type Origin, type Place } from './origin.ts';
import { type Template, type Templates, WHERE_TEMPLATES_ARE } from './template.ts';

/** A rendered line and the line of the template that it came from: that of its first visible character. */
export type RuleLine = Place & { readonly text: string };

export function isSameRuleLine(one: RuleLine, other: RuleLine): boolean {
  return one.text === other.text && isSamePlace(one, other);
}

/** What is going to read the lines; both split them into tokens alike. */
export type Tool = 'iptables-restore' | 'ipset';

/**
 * Collects rendered rules, or lines of ipset, line by line and refuses each value that could become more than the one token it stands for, or an
 * option instead of an option's argument.
 */
export class RuleLines implements Sink {
  readonly family: Family;
  readonly #tool: Tool;
  readonly #templates: Templates;
  readonly #lines: RuleLine[] = [];
  #origin: Origin;
  #text = '';
  #line: number | undefined;

  /** @param templates where partials are found */
  constructor(template: Template, templates: Templates, family: Family, tool: Tool) {
    this.family = family;
    this.#tool = tool;
    this.#templates = templates;
    this.#origin = { template };
  }

  literal(text: string, line: number): void {
    let at = 0;
    let of = line;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', at)) {
      this.#append(text.slice(at, end), of);
      this.#finish(of);
      at = end + 1;
      of += 1;
    }
    this.#append(text.slice(at), of);
  }

  value(text: string, name: string, line: number): void {
    refuse(text, name, placeAfter(this.#text), this.#tool);
    this.#append(text, line);
  }

  include(
    name: string,
    line: number,
    render: (program: hbs.AST.Program) => readonly Fault[],
  ): readonly Fault[] {
    const template = this.#templates.get(name);
    if (template === undefined)
      throw new FaultError('unknown-template', `there is no template "${name}"`, WHERE_TEMPLATES_ARE);
    const outer = this.#origin;
    const origin: Origin = { template, includedBy: { origin: outer, line } };
    this.#finishOpen();
    this.#origin = origin;
    const faults = render(template.program).map((fault) => ({ origin, ...fault }));
    this.#finishOpen();
    this.#origin = outer;
    return faults;
  }

  /** All lines, the one not yet ended included. */
  lines(): readonly RuleLine[] {
    this.#finishOpen();
    return this.#lines;
  }

  #append(text: string, line: number): void {
    if (this.#line === undefined && text.trim() !== '') this.#line = line;
    this.#text += text;
  }

  #finish(line: number): void {
    this.#lines.push({ text: this.#text, line: this.#line ?? line, origin: this.#origin });
    this.#text = '';
    this.#line = undefined;
  }

  /** A last line may lack its line feed. */
  #finishOpen(): void {
    if (this.#text.trim() !== '') this.#finish(1);
    this.#text = '';
  }
}

/** Where a value is about to stand, judged by what its line holds so far. */
type Position =
  | 'line-start'
  | 'comment'
  | 'token-start'
  | 'token-inside'
  | 'quotes-start'
  | 'quotes-inside'
  | 'escaped';

/** Follows iptables-restore's own reading of quotes (see ruleset/tokens.ts): a closing quote ends the token. */
function placeAfter(text: string): Position {
  const line = text.trimStart();
  if (line === '') return 'line-start';
  if (line.startsWith('#')) return 'comment';
  const open = line.replace(/"(?:[^"\\]|\\.)*"/gs, ' ');
  const quote = open.indexOf('"');
  if (quote < 0) return isBlank(open.at(-1)) ? 'token-start' : 'token-inside';
  const quoted = open.slice(quote + 1);
  if (quoted === '') return quote === 0 || isBlank(open[quote - 1]) ? 'quotes-start' : 'quotes-inside';
  return /^(?:[^\\]|\\.)*\\$/s.test(quoted) ? 'escaped' : 'quotes-inside';
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

function refuse(text: string, name: string, place: Position, tool: Tool): void {
  if (place === 'line-start') {
    const first = tool === 'ipset' ? 'create or add' : '-A, :CHAIN or *table';
    const remedy = `Begin the line with ${first} in the template itself.`;
    throw new FaultError('value-at-line-start', `a line can't begin with a value ({{${name}}})`, remedy);
  }
  if (place === 'escaped') {
    throw new FaultError('not-a-token', `{{${name}}} stands after a backslash`, 'Remove the backslash.');
  }
  if (text === '' && place !== 'comment') {
    const remedy = `Give it a value, or leave the option out with {{#if ${name}}}.`;
    throw new FaultError('not-a-token', `${name} is empty`, remedy);
  }
  const complaint = complaintAbout(text, place);
  if (complaint === undefined) return;
  const remedy = complaint[1] ?? `Change the value; ${tool} has no way to write it.`;
  throw new FaultError('not-a-token', `${name} is ${JSON.stringify(text)}: it ${complaint[0]}`, remedy);
}

const NO_OPTION = 'Write options and "!" in the template itself; a value is never one.';
const ONE_TOKEN = 'Each expression makes one token. Text with spaces may stand in double quotes: "{{ }}".';

/** What makes a value unfit for its place, and what to do but to change it; undefined when it is fit. */
function complaintAbout(text: string, place: Position): readonly [string, string?] | undefined {
  const isStart = place === 'token-start' || place === 'quotes-start';
  const isQuoted = place === 'quotes-start' || place === 'quotes-inside';
  if (/[\n\r\u0085\u2028\u2029]/.test(text)) return ['holds a line break'];
  if (/\p{C}/u.test(text)) return ['holds a control character'];
  if (place === 'comment') return undefined;
  if (text.includes('"')) return ['holds a double quote'];
  if (text.includes('\\')) return ['holds a backslash'];
  if (isStart && text.startsWith('-')) return ['begins with "-"', NO_OPTION];
  if (isStart && text === '!') return ['would turn the meaning around', NO_OPTION];
  if (isQuoted) return undefined;
  if (/\s/u.test(text)) return ['holds a space', ONE_TOKEN];
  if (text.includes("'")) return ['holds a single quote', ONE_TOKEN];
  return text.startsWith('#') ? ['begins with "#"', ONE_TOKEN] : undefined;
}
