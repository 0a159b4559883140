import { Sensitive } from '../sensitive.ts';
import type { ProbeOf } from './kind.ts';

/**
 * The headers of a request in plain, at the one place that hands them over.
 * @throws Error for a secret that would be more than a header
 */
export function plainHeaders({ headers = {} }: Pick<ProbeOf<'http'>, 'headers'>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const text = value instanceof Sensitive ? value.reveal() : value;
      // Its value is not told.
      if (/[\p{Cc}]/u.test(text)) throw new Error(`the value of header ${name} holds a control character`);
      return [name, text.trim()];
    }),
  );
}
