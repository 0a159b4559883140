import { didYouMean } from '../inventory/suggestion.ts';
import { Unusable } from '../unusable.ts';
import { FaultError, unusableFault } from './fault.ts';
import { type Call, HELPERS, isAbsent } from './helpers.ts';
import { isList, isMapping, type Seen, shown } from './seen.ts';
import { helperName, isCall, isPath } from './template-nodes.ts';

/** What an expression can see at its place in a template. */
export type Scope = {
  /** Innermost last: the first is the root, `../` goes one back. */
  readonly contexts: readonly Seen[];
  /** How many of the contexts are out of the reach of `../`: those around a partial. Default 0. */
  readonly outside?: number;
  /** `@index`, `@key`, `@first`, `@last` of the loops around, innermost last. */
  readonly loops: readonly Loop[];
  /** Names that `as |name|` gives, innermost wins. */
  readonly names: ReadonlyMap<string, Seen>;
  readonly hosts: Call['hosts'];
  readonly family: Call['family'];
};

type Loop = { readonly [name in 'index' | 'key' | 'first' | 'last']: Seen };

/**
 * Evaluates an expression.
 *
 * @throws FaultError where a variable is not defined or a helper refuses its arguments
 */
export function evaluate(expression: hbs.AST.Expression, scope: Scope): Seen {
  const value = attempt(expression, scope);
  if (value instanceof NotDefined) throw value.fault;
  return value;
}

/** Calls the helper that a mustache or a sub-expression names, or looks its variable up. */
export function evaluateCall(
  path: hbs.AST.Expression,
  params: readonly hbs.AST.Expression[],
  scope: Scope,
): Seen {
  const helper = HELPERS.get(helperName(path) ?? '');
  if (helper === undefined) return evaluate(path, scope);
  const values = helper.isLazy ? [firstThere(params, scope)] : params.map((param) => evaluate(param, scope));
  return helper.run(values, { names: params.map(written), hosts: scope.hosts, family: scope.family });
}

/** An expression as the template writes it. */
function written(expression: hbs.AST.Expression): string {
  if (isCall(expression)) return `(${writtenCall(expression.path, expression.params)})`;
  if (isPath(expression)) return expression.original;
  const { value } = expression as { value?: unknown };
  return value === undefined ? 'undefined' : JSON.stringify(value);
}

/** A mustache's inside as the template writes it. */
export function writtenCall(path: hbs.AST.Expression, params: readonly hbs.AST.Expression[]): string {
  return [path, ...params].map(written).join(' ');
}

/** Carries the fault of an undefined variable, for `default` to drop and everybody else to throw. */
class NotDefined {
  readonly fault: FaultError;

  constructor(fault: FaultError) {
    this.fault = fault;
  }
}

/** The last one has to be there. */
function firstThere(expressions: readonly hbs.AST.Expression[], scope: Scope): Seen {
  for (const [index, expression] of expressions.entries()) {
    if (index === expressions.length - 1) return evaluate(expression, scope);
    const value = attempt(expression, scope);
    if (!(value instanceof NotDefined) && !isAbsent(value)) return value;
  }
  return null;
}

function attempt(expression: hbs.AST.Expression, scope: Scope): Seen | NotDefined {
  if (isCall(expression))
    return evaluateCall(expression.path as hbs.AST.PathExpression, expression.params, scope);
  if (isPath(expression))
    return helperName(expression) !== undefined && HELPERS.has(expression.original)
      ? evaluateCall(expression, [], scope)
      : lookUp(expression, scope);
  const { value } = expression as { value?: Seen };
  return value ?? null;
}

function lookUp(path: hbs.AST.PathExpression, scope: Scope): Seen | NotDefined {
  const { start, parts } = startOf(path, scope);
  if (start === undefined) return new NotDefined(beyond(path, scope));
  let value: Seen = start;
  for (const part of parts) {
    if (value instanceof Unusable) throw unusableFault(value);
    if (!(isMapping(value) || isList(value)) || !Object.hasOwn(value, part))
      return new NotDefined(undefinedFault(path, part, value, scope));
    value = (value as { readonly [key: string]: Seen })[part] ?? null;
  }
  return value;
}

function startOf(
  path: hbs.AST.PathExpression,
  scope: Scope,
): { start: Seen | undefined; parts: readonly string[] } {
  const [first = '', ...rest] = path.parts;
  if (path.data) {
    if (first === 'root') return { start: scope.contexts[0], parts: rest };
    const loop = scope.loops.at(-1 - path.depth);
    return {
      start: loop !== undefined && Object.hasOwn(loop, first) ? loop[first as keyof Loop] : undefined,
      parts: rest,
    };
  }
  const isNamed = path.depth === 0 && !/^(\.|this\b)/.test(path.original) && scope.names.has(first);
  if (isNamed) return { start: scope.names.get(first), parts: rest };
  return { start: contextAt(scope, path.depth), parts: path.parts };
}

/** What so many `../` lead to. */
function contextAt({ contexts, outside = 0 }: Scope, depth: number): Seen | undefined {
  const at = contexts.length - 1 - depth;
  return at < outside ? undefined : contexts[at];
}

function beyond(path: hbs.AST.PathExpression, { outside }: Scope): FaultError {
  const name = path.parts.join('.');
  const remedy = path.data
    ? 'There are @index, @key, @first and @last inside {{#each}}, and @root everywhere.'
    : outside === undefined
      ? 'Take one "../" away.'
      : `"../" doesn't lead out of a partial: give it the value where it is included, {{> NAME ${name}=…}}, or write @root.${name}.`;
  return new FaultError('undefined-variable', `${path.original} means nothing here`, remedy);
}

function undefinedFault(path: hbs.AST.PathExpression, part: string, found: Seen, scope: Scope): FaultError {
  const isFirst = part === path.parts[0] && found === contextAt(scope, path.depth);
  const keys = isMapping(found) ? Object.keys(found) : [];
  if (!isFirst) {
    const where = isMapping(found) ? '' : `, which is ${shown(found)}`;
    return new FaultError(
      'undefined-variable',
      `${path.original} is not defined: there is no "${part}"${where}`,
      `${didYouMean(part, keys)}Define it, or give a fallback: (default ${path.original} …).`,
    );
  }
  const levels = scope.contexts.slice(scope.outside ?? 0, -1 - path.depth).reverse();
  const outer = levels.findIndex((context) => isMapping(context) && Object.hasOwn(context, part));
  if (outer >= 0) {
    const up = '../'.repeat(path.depth + outer + 1);
    return new FaultError(
      'undefined-variable',
      `${path.original} is not defined inside this block`,
      `It is outside of it: write ${up}${part}.`,
    );
  }
  if (scope.outside !== undefined && scope.contexts.length - 1 - path.depth === scope.outside) {
    const isOfTemplate = isMapping(scope.contexts[0]) && Object.hasOwn(scope.contexts[0], part);
    return new FaultError(
      'undefined-variable',
      `${path.original} is not defined in this partial`,
      `${didYouMean(part, keys)}Give it where the partial is included, {{> NAME ${part}=…}}, or ${isOfTemplate ? `write @root.${part}` : `a fallback: (default ${path.original} …)`}.`,
    );
  }
  const known = [...keys, ...scope.names.keys()];
  return new FaultError(
    'undefined-variable',
    `${path.original} is not defined`,
    `${didYouMean(part, known)}Define it in the play's vars, the inventory or with -e, or give a fallback: (default ${path.original} …).`,
  );
}
