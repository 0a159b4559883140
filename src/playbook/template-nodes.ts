/** What the types of Handlebars leave out: a block may lack either of its programs. */
export type Block = Omit<hbs.AST.BlockStatement, 'program' | 'inverse'> & {
  readonly program?: hbs.AST.Program;
  readonly inverse?: hbs.AST.Program;
};

export type Content = Omit<hbs.AST.ContentStatement, 'original'> & { readonly original: string };

export function isMustache(node: hbs.AST.Node): node is hbs.AST.MustacheStatement {
  return node.type === 'MustacheStatement';
}

export function isBlock(node: hbs.AST.Node): node is Block & hbs.AST.Node {
  return node.type === 'BlockStatement';
}

export function isPartial(node: hbs.AST.Node): node is hbs.AST.PartialStatement {
  return node.type === 'PartialStatement';
}

export function isContent(node: hbs.AST.Node): node is Content {
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

/** Tells something of a node that says it of itself: once, for a node is rendered for each item and each host. */
export function oncePerNode<Node extends hbs.AST.Node, Told>(
  tell: (node: Node) => Told,
): (node: Node) => Told {
  const told = new WeakMap<Node, { readonly value: Told }>();
  return (node) => {
    const known = told.get(node);
    if (known !== undefined) return known.value;
    const value = tell(node);
    told.set(node, { value });
    return value;
  };
}
