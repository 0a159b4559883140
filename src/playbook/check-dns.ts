import type { WrittenKind } from './check-kind.ts';
import { isMappingOf, isName, parseHost, parseTarget, portExpectation } from './check-target.ts';
import { FaultError } from './fault.ts';

/** `dns: www.example.com`, of a server. */
export const writtenDns: WrittenKind<'dns'> = {
  own: ['server', 'type'],
  places: 'anywhere',
  expects:
    'a dns check expects open (any answer of the type), closed, refused, filtered, nxdomain, or a mapping of answers',
  read: (name, { expect = 'open', server = '', type = 'A' }) => {
    const base = { kind: 'dns', name, server, type } as const;
    const port = portExpectation(expect);
    if (port !== undefined) return { ...base, expect: { kind: 'port', port } };
    if (expect === 'nxdomain') return { ...base, expect: { kind: 'nxdomain' } };
    if (!isMappingOf(expect, ['answers'])) return undefined;
    return { ...base, expect: { kind: 'answers', answers: expect.answers ?? [] } };
  },
  fill: ({ name: written, server, type, expect }, fill) => {
    const name = fill(written, 'target').replace(/\.$/, '');
    const place = serverOf(fill(server, 'target'));
    if (!isName(name) || name.split('.').some((label) => label.length > 63))
      throw new FaultError('check-target', `"${name}" is not a DNS name`, 'Write www.example.com.');
    const filled =
      expect.kind === 'answers'
        ? { kind: expect.kind, answers: expect.answers.map((answer) => fill(answer, 'words')) }
        : expect;
    return { kind: 'dns', name, type, ...place, expect: filled };
  },
};

function serverOf(text: string) {
  if (text === '')
    throw new FaultError('check-target', 'has no server', 'Say whom to ask: server: 203.0.113.53.');
  return /^\[|^[^:]*:\d+$/.test(text) ? parseTarget(text) : { address: parseHost(text), port: 53 };
}
