import { httpFromController } from './controller-http.ts';
import { refusalOf } from './http-answer.ts';
import type { Kind, ProbeOf } from './kind.ts';
import { httpFromAfar } from './remote-http.ts';
import { oneLine, type Sight } from './sight.ts';
import { tcpKind } from './tcp.ts';
import { quote } from './words.ts';

type HttpProbe = ProbeOf<'http'>;

/** Asks for a URL; redirects are not followed, certificates are verified. A port that is to be shut is looked at as such. */
export const httpKind: Kind<HttpProbe> = {
  tried: ({ url, method = 'GET' }) => `${method} ${withoutPassword(url)}`,
  expected: ({ expect }) => expect.port ?? expectedAnswer(expect),
  here: async (probe, limitMs, cut) => {
    const port = portOf(probe);
    if (port !== undefined) return 'verdict' in port ? port : (tcpKind.here?.(port, limitMs, cut) ?? 'cut');
    return httpFromController(probe, limitMs, cut);
  },
  there: async (far, probe, limitMs, cut) => {
    const port = portOf(probe);
    if (port !== undefined) return 'verdict' in port ? port : tcpKind.there(far, port, limitMs, cut);
    return httpFromAfar(far, probe, limitMs, cut);
  },
};

function expectedAnswer({
  status,
  body,
  location,
  headers = {},
  certificateDays,
}: HttpProbe['expect']): string {
  return [
    `status ${status ?? '2xx or 3xx'}`,
    ...(location === undefined ? [] : [`location ${oneLine(location)}`]),
    ...Object.entries(headers).map(([name, text]) => `${name}: ${quote(text)}`),
    ...(certificateDays === undefined ? [] : [`a certificate good for ${certificateDays} days`]),
    ...(body === undefined ? [] : [`body with ${quote(body)}`]),
  ].join(', ');
}

/** The port of a URL that nobody should have an answer from; undefined where an answer is wanted. */
function portOf({ url, expect: { port: expect } }: HttpProbe): ProbeOf<'tcp'> | Sight | undefined {
  if (expect === undefined || expect === 'open') return undefined;
  const refusal = refusalOf(url);
  if (refusal !== undefined) return { verdict: 'unknown', seen: refusal, isFinal: true };
  const { hostname, port, protocol } = new URL(url);
  const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  return { kind: 'tcp', address: hostname.replace(/^\[|\]$/g, ''), port: number, expect };
}

function withoutPassword(url: string): string {
  return oneLine(url.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1'));
}
