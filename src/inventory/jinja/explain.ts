import { Unusable } from '../../unusable.ts';
import type { Inventory } from '../model.ts';
import { isPasswordName } from '../secret-names.ts';
import type { JinjaFault, JinjaFaultKind, Step } from './fault.ts';

const CODES: { readonly [kind in JinjaFaultKind]: string } = {
  undefined: 'undefined-variable',
  value: 'jinja-value',
  unsupported: 'unsupported-jinja',
  secret: 'secret-in-template',
};

/** Says of a variable that was used why it has no value: through which others, which template is at fault, and where that is written. */
export function explainFault(fault: JinjaFault, host: string, inventory: Inventory): Unusable {
  const { kind, trail } = fault;
  const last = trail.at(-1);
  const chain = trail.map((step) => (step.host === host ? step.name : `${step.name} of ${step.host}`));
  const { message, remedy, text } = shownOf(fault);
  const owner = last === undefined ? undefined : inventory.hosts.get(last.host);
  const value = last === undefined ? undefined : owner?.vars[last.name];
  const place =
    last === undefined || owner === undefined || value === undefined
      ? undefined
      : inventory.origin?.placeOf(owner, last.name, value);
  const where = [...(text === '' ? [] : [`"${shortened(text)}"`]), ...(place === undefined ? [] : [place])];
  const at = where.length === 0 ? '' : ` (${where.join(', ')})`;
  return new Unusable(
    CODES[kind],
    `${chain.join(' → ')} can't be resolved: ${message}${at}`,
    remedy,
    kind === 'undefined',
  );
}

/** What may be said of a fault: its words, and the template that it stands in. */
export function shownOf(fault: JinjaFault): {
  readonly message: string;
  readonly remedy: string;
  readonly text: string;
} {
  const { kind, message, remedy, trail, isHidden } = fault;
  const text = trail.at(-1)?.text ?? '';
  const isShown = !isHidden && (trail.length === 0 || mayBeShown(text, trail));
  // Which secret it is isn't among the words of that kind.
  if (isShown || kind === 'secret') return { message, remedy, text: isShown ? text : '' };
  const why = isHidden ? 'it comes out of a vault' : 'a password comes from it';
  return { message: `its template has no value, and is not shown, because ${why}`, remedy: HIDDEN, text: '' };
}

/**
 * What a password comes from may hold one, as a default or because its braces were never meant as a template. Of such a template only
 * a lone name is shown.
 */
function mayBeShown(text: string, trail: readonly Step[]): boolean {
  if (!trail.some(({ name }) => isPasswordName(name))) return true;
  return /^\{\{-? *[\p{L}_][\p{L}\p{N}_.]* *-?\}\}$/u.test(text.trim());
}

const HIDDEN =
  'Refer to one variable: {{ name }}. A password with braces in it must be marked: !unsafe "…" in YAML.';

function shortened(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
