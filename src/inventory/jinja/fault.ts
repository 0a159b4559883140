/**
 * Why a template has no value. `undefined`: a variable is missing, and `default` steps in. `value`: Ansible would fail on it too.
 * `unsupported`: Ansible might well evaluate it, and nothing may be guessed in its place. `secret`: it would show one.
 */
export type JinjaFaultKind = 'undefined' | 'value' | 'unsupported' | 'secret';

/** One template on the way from the variable that was used to what is wrong. */
export type Step = { readonly host: string; readonly name: string; readonly text: string };

/** Leaves the template that can't be evaluated. Messages hold names and expressions, never values: these may be secret. */
export class JinjaFault extends Error {
  readonly kind: JinjaFaultKind;
  readonly remedy: string;
  /** From the variable that was used to the template that is at fault. */
  readonly trail: readonly Step[];

  /** Whether the template at fault came out of a vault: `message` may hold words of it. */
  readonly isHidden: boolean;

  constructor(
    kind: JinjaFaultKind,
    message: string,
    remedy: string,
    trail: readonly Step[] = [],
    isHidden = false,
  ) {
    super(message);
    this.name = 'JinjaFault';
    this.kind = kind;
    this.remedy = remedy;
    this.trail = trail;
    this.isHidden = isHidden;
  }

  /** The same fault of a template that must not be shown. */
  hidden(): JinjaFault {
    return new JinjaFault(this.kind, this.message, this.remedy, this.trail, true);
  }

  /** The same fault, seen from the variable whose template led to it. */
  from(step: Step): JinjaFault {
    return new JinjaFault(this.kind, this.message, this.remedy, [step, ...this.trail], this.isHidden);
  }
}

/** What Ansible can evaluate and we don't. */
export function unsupported(what: string, hint = 'Write the value out.'): JinjaFault {
  return new JinjaFault(
    'unsupported',
    `${what} is not supported`,
    `${hint} docs/inventory.md lists what is evaluated.`,
  );
}
