import { httpFromController } from './controller-http.ts';
import type { Kind, ProbeOf } from './kind.ts';
import { httpFromAfar } from './remote-http.ts';
import { oneLine } from './sight.ts';
import { quote } from './words.ts';

/** Asks for a URL; redirects are not followed, certificates are verified. */
export const httpKind: Kind<ProbeOf<'http'>> = {
  tried: ({ url }) => `GET ${withoutPassword(url)}`,
  expected: ({ expect: { status, body } }) =>
    [`status ${status ?? '2xx or 3xx'}`, ...(body === undefined ? [] : [`body with ${quote(body)}`])].join(
      ', ',
    ),
  here: httpFromController,
  there: httpFromAfar,
};

function withoutPassword(url: string): string {
  return oneLine(url.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1'));
}
