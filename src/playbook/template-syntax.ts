import { didYouMean } from '../inventory/suggestion.ts';
import { type Fault, FaultError, faultAt } from './fault.ts';
import { BLOCKS, HELPERS } from './helpers.ts';
import { checkPartial } from './partial.ts';
import {
  type Block,
  helperName,
  isBlock,
  isCall,
  isContent,
  isMustache,
  isPartial,
  isPath,
} from './template-nodes.ts';

/**
 * Finds what a template may never do, whatever its variables hold: every fault, in the template's order.
 *
 * @param lines of a template; undefined for a text that has no partials, as of a check
 */
export function checkSyntax(
  program: hbs.AST.Program,
  lines: readonly string[] | undefined,
): readonly Fault[] {
  return program.body.flatMap((statement) => checkStatement(statement, lines));
}

function checkStatement(
  statement: hbs.AST.Statement,
  lines: readonly string[] | undefined,
): readonly Fault[] {
  const { line } = statement.loc.start;
  const faults: Fault[] = [];
  try {
    refuseForeign(statement);
    if (isMustache(statement)) checkCall(statement.path, statement.params, statement.hash);
    if (isBlock(statement)) checkBlock(statement);
    if (isPartial(statement)) {
      if (lines === undefined) throw noPartials();
      checkPartial(statement, lines);
      statement.params.forEach(checkExpression);
      for (const { value } of statement.hash?.pairs ?? []) checkExpression(value);
    }
  } catch (error) {
    faults.push(faultAt(line, error));
  }
  if (isBlock(statement)) {
    for (const branch of [statement.program, statement.inverse])
      faults.push(...checkSyntax(branch ?? EMPTY, lines));
  }
  return faults;
}

const EMPTY = { body: [] as hbs.AST.Statement[] } as hbs.AST.Program;

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
  if (statement.type === 'PartialBlockStatement') {
    throw new FaultError(
      'partial',
      'blocks of partials ({{#> }}) are not allowed',
      'Write {{> NAME}} on a line of its own.',
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

function noPartials(): FaultError {
  return new FaultError(
    'partial',
    'partials ({{> }}) have no meaning here',
    'They are whole lines of templates, which rules and ipsets name.',
  );
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
