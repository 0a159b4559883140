import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { BODY_LIMIT_BYTES, type HttpAnswer, judgeHttp, refusalOf } from './http-answer.ts';
import { plainHeaders } from './http-headers.ts';
import type { ProbeOf } from './kind.ts';
import { within } from './limit.ts';
import { describe, portStateOf } from './port-state.ts';
import { formatSeconds, type Sight } from './sight.ts';

/** Asks once, from here and over a connection of its own, for a URL. Redirects are not followed; certificates are verified. */
export async function httpFromController(
  probe: ProbeOf<'http'>,
  limitMs: number,
  cut: AbortSignal,
): Promise<Sight | 'cut'> {
  const refusal = refusalOf(probe.url);
  if (refusal !== undefined) return { verdict: 'fail', seen: refusal, isFinal: true };
  const answer = await within(limitMs, cut, (signal) => ask(probe, signal));
  if (answer === 'cut') return answer;
  if (answer === 'timed out') return { verdict: 'fail', seen: `timed out after ${formatSeconds(limitMs)}` };
  return judgeHttp(probe, answer, new Date());
}

/** The body is read even when nothing is expected of it: a path that lets only small packets through is a failure. */
function ask(probe: ProbeOf<'http'>, signal: AbortSignal): Promise<HttpAnswer> {
  const url = new URL(probe.url);
  // Node writes a head in Latin-1; what other tools send is UTF-8.
  const headers = Object.fromEntries(
    Object.entries(plainHeaders(probe)).map(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
  );
  return new Promise((resolve) => {
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      agent: false,
      method: probe.method ?? 'GET',
      headers,
      // Said explicitly, so that NODE_TLS_REJECT_UNAUTHORIZED in the environment can't turn it off.
      rejectUnauthorized: true,
      signal,
    });
    const fail = (error: NodeJS.ErrnoException) =>
      resolve({ kind: 'failed', reason: describe(portStateOf(error)) });
    request.on('error', fail);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      const answer = () => {
        const body = Buffer.concat(chunks).subarray(0, BODY_LIMIT_BYTES).toString('utf8');
        resolve({
          kind: 'answered',
          status: response.statusCode ?? 0,
          body,
          headers: headersOf(response),
          ...endOf(response.socket),
        });
        request.destroy();
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length >= BODY_LIMIT_BYTES) answer();
      });
      response.once('end', answer);
      response.on('error', () =>
        resolve({
          kind: 'failed',
          reason: `status ${response.statusCode}, then the connection was closed within the body`,
        }),
      );
    });
    request.end();
  });
}

function headersOf({ headers }: http.IncomingMessage): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(headers).map(([name, value = '']) => [
      name,
      typeof value === 'string' ? value : value.join(', '),
    ]),
  );
}

function endOf(socket: Socket): { readonly certificateEnds?: Date } {
  if (!(socket instanceof TLSSocket)) return {};
  const { valid_to: end } = socket.getPeerCertificate();
  return end === undefined ? {} : { certificateEnds: new Date(end) };
}
