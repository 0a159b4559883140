import type { WrittenKind } from './check-kind.ts';
import { parseTarget, portExpectation } from './check-target.ts';

/** `tcp: "203.0.113.1:443"`. */
export const writtenTcp: WrittenKind<'tcp'> = {
  own: [],
  places: 'anywhere',
  expects: 'a tcp check expects open, closed, refused or filtered',
  read: (target, { expect = 'open' }) => {
    const port = portExpectation(expect);
    return port && { kind: 'tcp', target, expect: port };
  },
  fill: ({ target, expect }, fill) => ({ kind: 'tcp', ...parseTarget(fill(target, 'target')), expect }),
};
