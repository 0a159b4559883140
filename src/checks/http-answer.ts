import type { ProbeOf } from './kind.ts';
import type { Sight } from './sight.ts';
import { quote } from './words.ts';

/** As much of a body as is read: enough for any health page, and bounded for a fleet. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

/** How a request ended. */
export type HttpAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** Judges an answer: the status first, then the text that the body must contain. */
export function judgeHttp(expect: ProbeOf<'http'>['expect'], answer: HttpAnswer): Sight {
  if (answer.kind === 'failed') return { verdict: 'fail', seen: answer.reason };
  const seen = `status ${answer.status}`;
  const isStatusRight =
    expect.status === undefined
      ? answer.status >= 200 && answer.status < 400
      : answer.status === expect.status;
  if (!isStatusRight) return { verdict: 'fail', seen };
  if (expect.body !== undefined && !answer.body.includes(expect.body)) {
    return { verdict: 'fail', seen: `${seen}, body without ${quote(expect.body)}` };
  }
  return { verdict: 'pass', seen };
}

/** Why a URL can't be asked for, or undefined. */
export function refusalOf(url: string): string | undefined {
  if (!URL.canParse(url)) return `not a URL: ${quote(url)}`;
  const { protocol } = new URL(url);
  return protocol === 'http:' || protocol === 'https:'
    ? undefined
    : `not an http or https URL: ${quote(url)}`;
}
