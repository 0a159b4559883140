import { Unusable } from '../../unusable.ts';
import type { Inventory } from '../model.ts';
import { isPasswordName } from '../secret-names.ts';
import type { JinjaFault, JinjaFaultKind } from './fault.ts';

const CODES: { readonly [kind in JinjaFaultKind]: string } = {
  undefined: 'undefined-variable',
  value: 'jinja-value',
  unsupported: 'unsupported-jinja',
  secret: 'secret-in-template',
};

/**
 * Says of a variable that was used why it has no value: through which others, which template is at fault, and where that is written.
 * A template that a password comes from is not shown: it may hold one as its default.
 */
export function explainFault(fault: JinjaFault, host: string, inventory: Inventory): Unusable {
  const { kind, trail, message, remedy } = fault;
  const last = trail.at(-1);
  const chain = trail.map((step) => (step.host === host ? step.name : `${step.name} of ${step.host}`));
  const isShown = last !== undefined && last.text !== '' && !trail.some(({ name }) => isPasswordName(name));
  const owner = last === undefined ? undefined : inventory.hosts.get(last.host);
  const value = last === undefined ? undefined : owner?.vars[last.name];
  const place =
    last === undefined || owner === undefined || value === undefined
      ? undefined
      : inventory.origin?.placeOf(owner, last.name, value);
  const where = [...(isShown ? [`"${shortened(last.text)}"`] : []), ...(place === undefined ? [] : [place])];
  const at = where.length === 0 ? '' : ` (${where.join(', ')})`;
  return new Unusable(
    CODES[kind],
    `${chain.join(' → ')} can't be resolved: ${message}${at}`,
    remedy,
    kind === 'undefined',
  );
}

function shortened(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
