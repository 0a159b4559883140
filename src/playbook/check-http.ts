import type { WrittenKind } from './check-kind.ts';
import { checkUrl, isMappingOf, portExpectation } from './check-target.ts';
import { FaultError } from './fault.ts';

/** `http: "https://203.0.113.1/healthz"`. */
export const writtenHttp: WrittenKind<'http'> = {
  own: ['method', 'headers'],
  places: 'anywhere',
  expects:
    'an http check expects a status such as 200, a mapping of status, body, location, headers and certificate_days, or open, closed, refused or filtered',
  read: (url, { expect = {}, method, headers }) => {
    const base = {
      kind: 'http',
      url,
      ...(method === undefined ? {} : { method }),
      ...(headers === undefined ? {} : { headers }),
    } as const;
    const port = portExpectation(expect);
    if (port !== undefined) return { ...base, expect: { port } };
    if (typeof expect === 'number') return { ...base, expect: { status: expect } };
    if (!isMappingOf(expect, ['status', 'body', 'location', 'headers', 'certificate_days'])) return undefined;
    const { certificate_days: certificateDays, status, body, location, headers: wanted } = expect;
    return {
      ...base,
      expect: {
        ...(status === undefined ? {} : { status }),
        ...(body === undefined ? {} : { body }),
        ...(location === undefined ? {} : { location }),
        ...(wanted === undefined ? {} : { headers: wanted }),
        ...(certificateDays === undefined ? {} : { certificateDays }),
      },
    };
  },
  fill: ({ url: written, method, headers, expect: { body, location, headers: wanted, ...expect } }, fill) => {
    const url = checkUrl(fill(written, 'target'));
    if (expect.certificateDays !== undefined && !/^https:/i.test(url))
      throw new FaultError(
        'check-target',
        `"${url}" has no certificate`,
        'Write https:, or leave out certificate_days.',
      );
    return {
      kind: 'http',
      url,
      ...(method === undefined ? {} : { method }),
      ...(headers === undefined ? {} : { headers: mapped(headers, (value) => header(value, fill.header)) }),
      expect: {
        ...expect,
        ...(body === undefined ? {} : { body: fill(body, 'words') }),
        ...(location === undefined ? {} : { location: fill(location, 'target') }),
        ...(wanted === undefined ? {} : { headers: mapped(wanted, (value) => fill(value, 'words')) }),
      },
    };
  },
};

function mapped<T>(
  values: { readonly [name: string]: string },
  make: (value: string) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, make(value)]));
}

function header<T>(value: string, fill: (text: string) => T): T {
  if (!/\p{Cc}/u.test(value)) return fill(value);
  throw new FaultError('check-target', 'a header holds a control character', 'Write it on one line.');
}
