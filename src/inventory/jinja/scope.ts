import { Sensitive } from '../../sensitive.ts';
import type { Resolved, Value } from '../model.ts';
import { isPasswordName } from '../secret-names.ts';
import { SecretTemplate } from '../secret-template.ts';
import { didYouMean } from '../suggestion.ts';
import { isUnsafeText } from '../unsafe-text.ts';
import { asSecretResult } from '../vaulted.ts';
import type { Names } from './evaluate.ts';
import { JinjaFault, type Step } from './fault.ts';
import { isJinja } from './is-jinja.ts';
import { resolveText } from './resolve-text.ts';
import { type Lookup, Missing, type Result } from './result.ts';

/** What the names in templates mean at one host. */
export type ScopeSource = {
  readonly host: string;
  /** A variable as it is written; undefined where there is none. */
  readonly raw: (name: string) => Value | undefined;
  /** Whether Ansible would take the value of this variable for a template. */
  readonly isTemplated?: (name: string) => boolean;
  /** `hostvars`, where there is one. */
  readonly hostvars?: Lookup;
  /** For suggestions. */
  readonly names: () => readonly string[];
};

/** The variables of one host, each resolved when it is first asked for. */
export class Scope implements Names {
  readonly #source: ScopeSource;
  readonly #resolved = new Map<string, Resolved>();
  /** Variables that are being resolved, of all hosts: `hostvars` may lead back. */
  readonly #open: Step[];

  constructor(source: ScopeSource, open: Step[] = []) {
    this.#source = source;
    this.#open = open;
  }

  has(name: string): boolean {
    return this.#source.raw(name) !== undefined;
  }

  lookUp(name: string): Result {
    if (name === 'hostvars' && this.#source.hostvars !== undefined) return this.#source.hostvars;
    if (!this.has(name)) return new Missing(this.notDefined(name));
    try {
      return guarded(name, this.resolve(name));
    } catch (error) {
      // As in Ansible: what refers to something undefined counts as undefined itself.
      if (error instanceof JinjaFault && error.kind === 'undefined') return new Missing(error);
      throw error;
    }
  }

  /**
   * A variable with all templates in it resolved.
   * @throws JinjaFault with the trail from this variable to what is wrong
   */
  resolve(name: string): Resolved {
    const raw = this.#source.raw(name) ?? null;
    if (!isJinja(raw) || this.#source.isTemplated?.(name) === false) return raw;
    const known = this.#resolved.get(name);
    if (known !== undefined) return known;
    const value = this.#inside(name, raw, () => this.#resolveValue(raw));
    this.#resolved.set(name, value);
    return value;
  }

  /** Resolves a text that stands outside of the variables: an expression's own names mean what they mean here. */
  resolveText(text: string): Resolved {
    return resolveText(text, this, this.#source.raw);
  }

  #resolveValue(value: Value): Resolved {
    if (typeof value === 'string') return isJinja(value) ? this.resolveText(value) : value;
    if (value === null || typeof value !== 'object') return value;
    if (value instanceof SecretTemplate) return this.#resolveSecret(value);
    if (value instanceof Sensitive) return value;
    if (isUnsafeText(value)) return value.__ansible_unsafe;
    if (Array.isArray(value)) return value.map((item: Value) => this.#resolveValue(item));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.#resolveValue(item)]));
  }

  /** What stands in the template itself is as secret as what it comes to; what it refers to is told as ever. */
  #resolveSecret(secret: SecretTemplate): Resolved {
    try {
      return asSecretResult(this.resolveText(secret.template()) as Value);
    } catch (error) {
      throw error instanceof JinjaFault && error.trail.length === 0 ? error.hidden() : error;
    }
  }

  #inside<T>(name: string, raw: Value, run: () => T): T {
    const { host } = this.#source;
    const step = { host, name, text: typeof raw === 'string' ? raw : '' };
    const loop = this.#open.findIndex((open) => open.host === host && open.name === name);
    if (loop >= 0) throw loopFault([...this.#open.slice(loop), step]);
    this.#open.push(step);
    try {
      return run();
    } catch (error) {
      throw error instanceof JinjaFault ? error.from(step) : error;
    } finally {
      this.#open.pop();
    }
  }

  /** @param where added to the name, for a host other than the one whose template it is */
  notDefined(name: string, where = ''): JinjaFault {
    const hint = didYouMean(name, this.#source.names());
    const facts = /^ansible_/.test(name) ? 'No facts are gathered: set ' : 'Set ';
    return new JinjaFault(
      'undefined',
      `"${name}" is not defined${where}`,
      `${hint}${facts}it in the inventory or with -e, or give a default: {{ ${name} | default(…) }}.`,
    );
  }
}

/** A password that another variable refers to stays a secret there, whatever the other is called. */
function guarded(name: string, value: Resolved): Resolved {
  const isText = typeof value === 'string' || typeof value === 'number';
  return isText && isPasswordName(name) ? new Sensitive(String(value)) : value;
}

function loopFault(loop: readonly Step[]): JinjaFault {
  const hosts = new Set(loop.map(({ host }) => host));
  const chain = loop.map(({ host, name }) => (hosts.size > 1 ? `${name} of ${host}` : name)).join(' → ');
  return new JinjaFault('value', `the templates refer to each other: ${chain}`, 'Write one of them out.');
}
