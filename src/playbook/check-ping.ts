import type { WrittenKind } from './check-kind.ts';
import { parseHost, portExpectation } from './check-target.ts';

/** `ping: 203.0.113.1`. */
export const writtenPing: WrittenKind<'ping'> = {
  own: [],
  places: 'anywhere',
  expects: 'a ping expects open (a reply), closed, refused or filtered',
  read: (address, { expect = 'open' }) => {
    const port = portExpectation(expect);
    return port && { kind: 'ping', address, expect: port };
  },
  fill: ({ address, expect }, fill) => ({
    kind: 'ping',
    address: parseHost(fill(address, 'target')),
    expect,
  }),
};
