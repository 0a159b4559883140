import type { Check } from './model.ts';
import { oneLine } from './sight.ts';

/** What a check does, for `Observation.tried`: `tcp [2001:db8::1]:443`, `GET https://www.example/healthz`. */
export function triedBy({ probe }: Check): string {
  switch (probe.kind) {
    case 'tcp':
      return `tcp ${probe.address.includes(':') ? `[${probe.address}]` : probe.address}:${probe.port}`;
    case 'http':
      return `GET ${withoutPassword(probe.url)}`;
    case 'command':
      return `sh: ${oneLine(probe.command, 120)}`;
  }
}

/** What a check hopes to see, for `Observation.expected`: `open`, `status 200, body with "ok"`, `exit 0`. */
export function expectedBy({ probe }: Check): string {
  switch (probe.kind) {
    case 'tcp':
      return probe.expect;
    case 'http':
      return [
        `status ${probe.expect.status ?? '2xx or 3xx'}`,
        ...(probe.expect.body === undefined ? [] : [`body with ${quote(probe.expect.body)}`]),
      ].join(', ');
    case 'command':
      return [
        `exit ${probe.expect.exitCode}`,
        ...(probe.expect.stdout === undefined ? [] : [`stdout with ${quote(probe.expect.stdout)}`]),
      ].join(', ');
  }
}

/** Where a check is really made: a command always runs on the gateway. */
export function vantageOf(check: Check): 'controller' | 'gateway' {
  return check.probe.kind === 'command' ? 'gateway' : check.from;
}

/** An expected text, short enough for one line. */
export function quote(text: string): string {
  return `"${oneLine(text, 60)}"`;
}

function withoutPassword(url: string): string {
  return oneLine(url.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1'));
}
