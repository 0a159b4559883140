import { evaluateCall, type Scope } from './expression.ts';
import { FaultError } from './fault.ts';
import type { CheckTemplate } from './model.ts';
import { visible } from './secrets.ts';
import { isList, isMapping, type Seen, shown } from './seen.ts';
import { parseProgram } from './template.ts';
import { isMustache } from './template-nodes.ts';

/** What a check is repeated for. */
export type Item = {
  readonly value: Seen;
  /** Tells it apart in a name: its text, its `name`, or its place in the list. */
  readonly label: string;
};

/** The items of a check that is repeated. @throws FaultError where there is no list */
export function itemsOf(repeat: NonNullable<CheckTemplate['repeat']>, scope: Scope): readonly Item[] {
  const list = repeat.kind === 'with' ? visible([...repeat.items], 'with') : listOf(repeat.expression, scope);
  if (isList(list)) return list.map((value, index) => ({ value, label: labelOf(value, index) }));
  if (isMapping(list)) return Object.entries(list).map(([key, value]) => ({ value, label: key }));
  throw new FaultError(
    'arguments',
    `each can't go through ${repeat.kind === 'each' ? repeat.expression : 'with'}: it is ${shown(list)}`,
    'Name a variable that holds a list or a mapping, or write the list under with.',
  );
}

/** `item` is the item in what the check's strings say. */
export function withItem(scope: Scope, { value }: Item): Scope {
  return { ...scope, names: new Map([...scope.names, ['item', value]]) };
}

/** `vips`, `site.vips`, `hosts "web"`: what may stand between two braces. */
function listOf(expression: string, scope: Scope): Seen {
  const parsed = parseProgram(`{{${expression}}}`);
  const [statement] = 'program' in parsed ? parsed.program.body : [];
  if (statement === undefined || !isMustache(statement))
    throw new FaultError('arguments', `each: ${expression} names no list`, 'Name a variable.');
  return evaluateCall(statement.path as hbs.AST.Expression, statement.params, scope);
}

function labelOf(value: Seen, index: number): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  const name = isMapping(value) ? value.name : undefined;
  return typeof name === 'string' ? name : String(index + 1);
}
