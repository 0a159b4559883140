import type { WrittenKind } from './check-kind.ts';
import { checkUrl, isMappingOf } from './check-target.ts';

/** `http: "https://203.0.113.1/healthz"`. */
export const writtenHttp: WrittenKind<'http'> = {
  own: [],
  places: 'anywhere',
  expects: 'an http check expects a status such as 200, or a mapping of status and body',
  read: (url, { expect = {} }) => {
    if (typeof expect === 'number') return { kind: 'http', url, expect: { status: expect } };
    if (!isMappingOf(expect, ['status', 'body'])) return undefined;
    const { status, body } = expect;
    return {
      kind: 'http',
      url,
      expect: { ...(status === undefined ? {} : { status }), ...(body === undefined ? {} : { body }) },
    };
  },
  fill: ({ url, expect: { body, ...expect } }, fill) => ({
    kind: 'http',
    url: checkUrl(fill(url, 'target')),
    expect: { ...expect, ...(body === undefined ? {} : { body: fill(body, 'words') }) },
  }),
};
