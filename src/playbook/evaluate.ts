import type { Family } from '../ruleset/model.ts';
import { evaluate, evaluateCall, type Scope, writtenCall } from './expression.ts';
import { type Fault, FaultError, faultAt } from './fault.ts';
import { isTrue } from './helpers.ts';
import { partialName } from './partial.ts';
import { isList, isMapping, type Seen, shown, textOf } from './seen.ts';
import {
  type Block,
  type Content,
  isBlock,
  isContent,
  isMustache,
  isPartial,
  oncePerNode,
} from './template-nodes.ts';

/** Takes what a template renders, piece by piece, and decides which values may stand where they stand. */
export interface Sink {
  /** Text of the template itself; may hold line feeds. `line` is where it starts in the template. */
  literal(text: string, line: number): void;
  /** The text of a value. `name` is the expression. @throws FaultError where it may not stand */
  value(text: string, name: string, line: number): void;
  /**
   * Renders a partial as whole lines of its own; undefined where there are none, as in checks. `line` is where it is included.
   * @throws FaultError where there is no such template
   */
  readonly include?: (
    name: string,
    line: number,
    render: (program: hbs.AST.Program) => readonly Fault[],
  ) => readonly Fault[];
  /** The family being rendered; undefined where there is none, as in checks. */
  readonly family: Family | undefined;
}

/**
 * Renders a parsed template into a sink and returns every fault met: one bad value never hides the next.
 *
 * The tree is walked rather than compiled by Handlebars, because the sink has to know of every piece whether it is the author's
 * text or a value, which line it comes from, and what the line holds so far.
 */
export function renderProgram(program: hbs.AST.Program, scope: Scope, sink: Sink): readonly Fault[] {
  const faults: Fault[] = [];
  for (const statement of program.body) {
    try {
      for (const fault of renderStatement(statement, scope, sink)) faults.push(fault);
    } catch (error) {
      faults.push(faultAt(statement.loc.start.line, error));
    }
  }
  return faults;
}

const writtenMustache = oncePerNode(({ path, params }: hbs.AST.MustacheStatement) =>
  writtenCall(path as hbs.AST.Expression, params),
);
const writtenArguments = oncePerNode(({ path, params }: Block) =>
  writtenCall(path, params).replace(/^\S+ ?/, ''),
);

function renderStatement(statement: hbs.AST.Statement, scope: Scope, sink: Sink): readonly Fault[] {
  if (isContent(statement)) sink.literal(statement.value, firstLine(statement));
  else if (isMustache(statement)) {
    const path = statement.path as hbs.AST.Expression;
    const name = writtenMustache(statement);
    sink.value(textOf(evaluateCall(path, statement.params, scope), name), name, statement.loc.start.line);
  } else if (isBlock(statement)) return renderBlock(statement, scope, sink);
  else if (isPartial(statement)) return renderPartial(statement, scope, sink);
  return [];
}

/** Whitespace control takes blanks and line feeds off a content's start, and leaves its location as it was. */
const firstLine = oncePerNode(({ loc, original, value }: Content): number => {
  if (value === original) return loc.start.line;
  const stripped = original.slice(0, leading(original) - leading(value));
  return loc.start.line + (stripped.split('\n').length - 1);
});

function leading(text: string): number {
  return text.length - text.trimStart().length;
}

function renderBlock(block: Block & hbs.AST.Node, scope: Scope, sink: Sink): readonly Fault[] {
  const render = (branch: hbs.AST.Program | undefined, inner: Scope) =>
    branch === undefined ? [] : renderProgram(branch, inner, sink);
  const either = (condition: boolean) => render(condition ? block.program : block.inverse, scope);
  const [param] = block.params;
  const value = param === undefined ? null : evaluate(param, scope);
  const name = writtenArguments(block);
  switch (block.path.original) {
    case 'ipv4':
    case 'ipv6':
      if (sink.family === undefined)
        throw new FaultError(
          'family-block',
          `{{#${block.path.original}}} has no meaning here`,
          'Families are a matter of rules and sets: write one check for each address, and sysctls as they are.',
        );
      return either(sink.family === block.path.original);
    case 'if':
      return either(isTrue(value, name));
    case 'unless':
      return either(!isTrue(value, name));
    case 'with':
      return isTrue(value, name)
        ? render(block.program, enter(scope, block.program, value))
        : render(block.inverse, scope);
    default: {
      const items = itemsOf(value, name);
      if (items.length === 0) return render(block.inverse, scope);
      const faults: Fault[] = [];
      items.forEach(({ key, item }, index) => {
        const loop = { index, key, first: index === 0, last: index === items.length - 1 };
        for (const fault of render(block.program, enter(scope, block.program, item, loop)))
          faults.push(fault);
      });
      return faults;
    }
  }
}

/** As in Handlebars, a partial sees what is `this` where it is included, or the mapping that it is given; values that are named come before. */
function renderPartial(partial: hbs.AST.PartialStatement, scope: Scope, sink: Sink): readonly Fault[] {
  const name = partialName(partial);
  if (sink.include === undefined) throw new Error(`{{> ${name}}} was let through where nothing is included`);
  const [param] = partial.params;
  const seen = param === undefined ? (scope.contexts.at(-1) ?? null) : evaluate(param, scope);
  const named = (partial.hash?.pairs ?? []).map(({ key, value }) => [key, evaluate(value, scope)] as const);
  const context = named.length === 0 ? seen : withNamed(seen, Object.fromEntries(named));
  const inner = {
    ...scope,
    contexts: [...scope.contexts.slice(0, 1), context],
    outside: 1,
    names: new Map(),
  };
  return sink.include(name, partial.loc.start.line, (program) => renderProgram(program, inner, sink));
}

/** Variables stay as they are until they are read: most of a host's never are. */
function withNamed(seen: Seen, named: { readonly [key: string]: Seen }): Seen {
  if (!isMapping(seen)) return named;
  return Object.defineProperties(
    {},
    { ...Object.getOwnPropertyDescriptors(seen), ...Object.getOwnPropertyDescriptors(named) },
  );
}

/** Inside a block the item is `this`, and `as |item key|` names it. */
function enter(
  scope: Scope,
  program: hbs.AST.Program | undefined,
  item: Seen,
  loop?: Scope['loops'][number],
): Scope {
  return {
    ...scope,
    contexts: [...scope.contexts, item],
    loops: loop === undefined ? scope.loops : [...scope.loops, loop],
    names: withNames(scope.names, program?.blockParams ?? [], [item, loop?.key ?? null]),
  };
}

function withNames(names: Scope['names'], added: readonly string[], values: readonly Seen[]): Scope['names'] {
  if (added.length === 0) return names;
  const given = values.flatMap((value, at) => (added[at] === undefined ? [] : [[added[at], value] as const]));
  return new Map([...names, ...given]);
}

function itemsOf(value: Seen, name: string): readonly { readonly key: Seen; readonly item: Seen }[] {
  if (isList(value)) return value.map((item, key) => ({ key, item }));
  if (isMapping(value)) return Object.entries(value).map(([key, item]) => ({ key, item }));
  throw new FaultError(
    'arguments',
    `{{#each}} can't go through ${name}: it is ${shown(value)}`,
    'Give it a list or a mapping.',
  );
}
