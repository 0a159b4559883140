import type { WrittenKind } from './check-kind.ts';
import { checkUrl, isMappingOf } from './check-target.ts';
import { FaultError } from './fault.ts';

/** `distribution: "http://203.0.113.1/"`: which backends answer, and how often each. */
export const writtenDistribution: WrittenKind<'distribution'> = {
  own: ['connections'],
  places: 'anywhere',
  timeoutSeconds: () => 10,
  expects: 'a distribution expects a mapping of backends and by',
  read: (url, { expect, connections = 60 }) => {
    if (!isMappingOf(expect, ['backends', 'by']) || expect.backends === undefined) return undefined;
    const { backends, by = 'random' } = expect;
    return { kind: 'distribution', url, connections, expect: { by, backends } };
  },
  fill: ({ url, connections, expect: { by, backends } }, fill) => {
    const weights =
      typeof backends === 'string'
        ? fill(backends, 'words')
            .split(/[\s,]+/)
            .filter((name) => name !== '')
            .map((name) => [name, 1] as const)
        : Array.isArray(backends)
          ? backends.map((name: string) => [fill(name, 'words'), 1] as const)
          : Object.entries(backends).map(([name, weight]) => [name, weight] as const);
    const shares = Object.fromEntries(weights);
    const names = Object.keys(shares);
    if (names.length < weights.length || names.length === 0)
      throw new FaultError(
        'check-target',
        names.length === 0 ? 'names no backend' : 'names a backend twice',
        'Name each backend once, as the first line of its answer does.',
      );
    return { kind: 'distribution', url: checkUrl(fill(url, 'target')), connections, expect: { by, shares } };
  },
};
