import type { Problem } from '../problem.ts';
import { FaultError } from './fault.ts';
import type { Template, Templates } from './template.ts';
import { isBlock, isPartial, isPath } from './template-nodes.ts';

/** A template that another one includes, by the name that stands there. */
export type PartialUse = { readonly template: string; readonly line: number };

/**
 * The name of a partial, as a play would name it.
 *
 * @throws FaultError where it is not known until something is rendered
 */
export function partialName({ name }: hbs.AST.PartialStatement): string {
  const { original } = name as { readonly original?: unknown };
  if (original !== undefined && !(isPath(name) && name.data)) return String(original);
  throw new FaultError(
    'partial',
    isPath(name) ? `there is no partial ${name.original}` : "the name of a partial can't be computed",
    'Write the name of a template: {{> lb/members.rules.hbs}}. {{#if}} chooses between two.',
  );
}

/**
 * Checks what can be known of a partial without its text.
 *
 * @param lines of the template that it stands in
 * @throws FaultError
 */
export function checkPartial(statement: hbs.AST.PartialStatement, lines: readonly string[]): void {
  const name = partialName(statement);
  const { start, end } = statement.loc;
  const before = lines[start.line - 1]?.slice(0, start.column) ?? '';
  const after = lines[end.line - 1]?.slice(end.column) ?? '';
  if (before.trim() !== '' || after.trim() !== '') {
    throw new FaultError(
      'partial',
      `{{> ${name}}} shares its line with other text`,
      'Put it on a line of its own: a partial is whole lines.',
    );
  }
  if (statement.params.length > 1) {
    throw new FaultError(
      'arguments',
      `{{> ${name}}} takes at most one argument, not ${statement.params.length}`,
      'Give one mapping, or name each value: {{> NAME port=443}}.',
    );
  }
}

/** The partials of a template, in its order; one whose name can't be known is a fault that `checkPartial` tells. */
export function partialsIn(program: hbs.AST.Program): readonly PartialUse[] {
  return program.body.flatMap((statement) => {
    if (isBlock(statement))
      return [statement.program, statement.inverse].flatMap((branch) => (branch ? partialsIn(branch) : []));
    if (!isPartial(statement)) return [];
    try {
      return [{ template: partialName(statement), line: statement.loc.start.line }];
    } catch (error) {
      if (error instanceof FaultError) return [];
      throw error;
    }
  });
}

/** Partials that include themselves, through others or directly: each at the line that closes the circle. */
export function circleProblems(templates: Templates): readonly Problem[] {
  const problems: Problem[] = [];
  const done = new Set<Template>();
  const visit = (template: Template, path: readonly Template[]): void => {
    for (const { template: name, line } of template.partials) {
      const next = templates.get(name);
      if (next === undefined) continue;
      const from = path.indexOf(next);
      if (from >= 0) problems.push(circle(path.slice(from), template.file, line));
      else if (!done.has(next)) visit(next, [...path, next]);
    }
    done.add(template);
  };
  for (const template of templates.values()) if (!done.has(template)) visit(template, [template]);
  return problems;
}

function circle(path: readonly Template[], file: string, line: number): Problem {
  const [first = '', ...others] = path.map(({ name }) => name);
  const message =
    others.length === 0
      ? `${first} includes itself`
      : `${first} includes itself, by way of ${others.join(', then ')}`;
  const remedy = 'Take one of them out: a partial would never end. {{#each}} repeats lines.';
  return { code: 'partial-circle', file, line, message, remedy };
}
