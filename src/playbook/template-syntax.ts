import { didYouMean } from '../inventory/suggestion.ts';
import { type Fault, FaultError, faultAt } from './fault.ts';
import { BLOCKS, HELPERS } from './helpers.ts';

/** Finds what a template may never do, whatever its variables hold: every fault, in the template's order. */
export function checkSyntax(program: hbs.AST.Program): readonly Fault[] {
  return program.body.flatMap(checkStatement);
}

function checkStatement(statement: hbs.AST.Statement): readonly Fault[] {
  const { line } = statement.loc.start;
  const faults: Fault[] = [];
  try {
    refuseForeign(statement);
    if (isMustache(statement)) checkCall(statement.path, statement.params, statement.hash);
    if (isBlock(statement)) checkBlock(statement);
  } catch (error) {
    faults.push(faultAt(line, error));
  }
  if (isBlock(statement))
    faults.push(...checkSyntax(statement.program ?? EMPTY), ...checkSyntax(statement.inverse ?? EMPTY));
  return faults;
}

const EMPTY = { body: [] as hbs.AST.Statement[] } as hbs.AST.Program;

/** What the types of Handlebars leave out: a block may lack either of its programs. */
export type Block = Omit<hbs.AST.BlockStatement, 'program' | 'inverse'> & {
  readonly program?: hbs.AST.Program;
  readonly inverse?: hbs.AST.Program;
};

export function isMustache(node: hbs.AST.Node): node is hbs.AST.MustacheStatement {
  return node.type === 'MustacheStatement';
}

export function isBlock(node: hbs.AST.Node): node is Block & hbs.AST.Node {
  return node.type === 'BlockStatement';
}

export function isContent(
  node: hbs.AST.Node,
): node is Omit<hbs.AST.ContentStatement, 'original'> & { readonly original: string } {
  return node.type === 'ContentStatement';
}

export function isPath(node: hbs.AST.Node): node is hbs.AST.PathExpression {
  return node.type === 'PathExpression';
}

export function isCall(node: hbs.AST.Node): node is hbs.AST.SubExpression {
  return node.type === 'SubExpression';
}

/** The name of the helper that a path means; `this.x`, `../x`, `@x` and `x.y` always mean variables. */
export function helperName(path: hbs.AST.Node): string | undefined {
  if (!isPath(path) || path.data || path.depth > 0 || path.parts.length !== 1) return undefined;
  return /^(\.|this\b)/.test(path.original) ? undefined : path.parts[0];
}

function refuseForeign(statement: hbs.AST.Statement): void {
  if (isMustache(statement) && !statement.escaped) {
    throw new FaultError(
      'raw-output',
      'raw output ({{{ }}} or {{& }}) is not allowed',
      'Write {{ }}: nothing is HTML-escaped, and the value is checked.',
    );
  }
  if (isContent(statement) && statement.value.includes('{{')) {
    throw new FaultError(
      'raw-output',
      'escaped braces and raw blocks are not allowed',
      'Rules have no use for "{{"; remove it.',
    );
  }
  if (statement.type.startsWith('Partial')) {
    throw new FaultError(
      'partial',
      'templates have no partials ({{> }})',
      'List the other template as a fragment of its own in the playbook, with the vars it needs there.',
    );
  }
  if (statement.type.startsWith('Decorator')) {
    throw new FaultError(
      'decorator',
      'decorators ({{* }}) are not allowed',
      'Use the blocks and helpers of docs/playbook.md.',
    );
  }
}

function checkBlock(block: Block): void {
  const name = helperName(block.path);
  const arity = name === undefined ? undefined : BLOCKS.get(name);
  if (name === undefined || arity === undefined) {
    const said = block.path.original;
    const known = [...BLOCKS.keys()];
    const remedy = `${didYouMean(said, known)}Blocks are ${known.join(', ')}; to repeat or test a variable write {{#each ${said}}} or {{#if ${said}}}.`;
    throw new FaultError('unknown-block', `there is no block {{#${said}}}`, remedy);
  }
  refuseHash(block.hash);
  if (block.params.length !== arity)
    throw new FaultError(
      'arguments',
      `{{#${name}}} takes ${count(arity)}, not ${block.params.length}`,
      'See docs/playbook.md.',
    );
  block.params.forEach(checkExpression);
}

function checkExpression(expression: hbs.AST.Expression): void {
  if (isCall(expression)) checkCall(expression.path, expression.params, expression.hash, true);
  else if (isPath(expression)) checkCall(expression, [], undefined);
}

function checkCall(
  path: hbs.AST.Node,
  params: readonly hbs.AST.Expression[],
  hash: hbs.AST.Hash | undefined,
  mustCall = false,
): void {
  const name = helperName(path);
  const helper = name === undefined ? undefined : HELPERS.get(name);
  if (helper === undefined) {
    const said = isPath(path) ? path.original : 'this';
    if (name !== undefined && BLOCKS.has(name))
      throw new FaultError('unknown-helper', `${said} is a block`, `Write {{#${said} …}} … {{/${said}}}.`);
    if (mustCall || params.length > 0) {
      throw new FaultError(
        'unknown-helper',
        `there is no helper "${said}"`,
        `${didYouMean(said, [...HELPERS.keys()])}Helpers are ${[...HELPERS.keys()].join(', ')}.`,
      );
    }
    return;
  }
  refuseHash(hash);
  const { min, max } = helper;
  if (params.length < min || params.length > max) {
    const wanted =
      min === max
        ? count(min)
        : max === Number.POSITIVE_INFINITY
          ? `at least ${count(min)}`
          : `${min} to ${count(max)}`;
    throw new FaultError(
      'arguments',
      `helper ${name} takes ${wanted}, not ${params.length}`,
      `Write (${helper.usage}). A variable of that name is this.${name}.`,
    );
  }
  params.forEach(checkExpression);
}

function refuseHash(hash: hbs.AST.Hash | undefined): void {
  const [pair] = hash?.pairs ?? [];
  if (pair !== undefined)
    throw new FaultError(
      'arguments',
      `no helper takes named arguments such as ${pair.key}=`,
      'Give the arguments in their order.',
    );
}

function count(arguments_: number): string {
  return arguments_ === 0 ? 'no argument' : arguments_ === 1 ? '1 argument' : `${arguments_} arguments`;
}
