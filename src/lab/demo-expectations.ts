import type { Connections } from './demo-connections.ts';
import type { Run } from './demo-story.ts';

/** Something that has to be so, in words that are true when it is. */
export type Expectation = { readonly words: string; readonly holds: boolean };

/** A run with a change that shall not succeed, and how things stand after it. */
export type Attempt = Run & {
  /** Names of the saves that differ from those before. */
  readonly unequal: readonly string[];
  /** Whether requests still reach the backends in equal shares. */
  readonly isShared: boolean;
};

const SSH = 'fresh SSH connection';

/** Act a, in a fleet of six. */
export function expectRollout({ exitCode, story }: Run, isShared: boolean): readonly Expectation[] {
  const waves = story.waves.map((wave) => wave.join(' ')).join(', ');
  return [
    exited(exitCode, 0),
    {
      words: 'gw1 was changed first and alone; then gw2 and gw3; then gw4, gw5 and gw6',
      holds: waves === 'gw1, gw2 gw3, gw4 gw5 gw6' && isSame(story.confirmed, story.waves.flat()),
    },
    {
      words: 'through every gateway each web server answered 100 of 300 requests, IPv4 and IPv6',
      holds: isShared,
    },
  ];
}

/** Act b. */
export function expectNothing(
  { exitCode, story, connections }: Run,
  unequal: readonly string[],
): readonly Expectation[] {
  const counts = [...connections.values()];
  return [
    exited(exitCode, 0),
    { words: 'no gateway was changed', holds: story.waves.flat().length === 6 && story.armed.length === 0 },
    { words: 'one connection to each gateway', holds: counts.length === 6 && counts.every((n) => n === 1) },
    rulesAreAsBefore(unequal),
  ];
}

/** Act c. */
export function expectLockOut(attempt: Attempt): readonly Expectation[] {
  const { exitCode, story } = attempt;
  const rolledBack = story.rolledBack.map(({ host, by }) => `${host} by ${by}`).join(', ');
  return [
    exited(exitCode, 2),
    {
      words: 'a new SSH connection to gw1 failed while the new rules were live',
      holds: isSame(story.applied, ['gw1']) && isSame(story.failed, [SSH]),
    },
    {
      words: 'gw1 took the change back by itself, at its own deadline',
      holds: rolledBack === 'gw1 by the gateway at its deadline',
    },
    ...afterwards(attempt),
  ];
}

/** Act d. */
export function expectBrokenSite(attempt: Attempt): readonly Expectation[] {
  const { exitCode, story } = attempt;
  return [
    exited(exitCode, 2),
    {
      words: 'new SSH connections to gw1 worked, over IPv4 and IPv6',
      holds: isSame(story.passed, [SSH, SSH]),
    },
    {
      words: 'the checks of the site failed, over IPv4 and IPv6',
      holds: isSame(story.failed, ['site answers', 'site answers over IPv6']),
    },
    { words: 'gw1 took the change back', holds: story.rolledBack.map(({ host }) => host).join() === 'gw1' },
    ...afterwards(attempt),
  ];
}

/** What has to be so after every change that failed on the canary, gw1. */
function afterwards({ connections, unequal, isShared }: Attempt): readonly Expectation[] {
  return [
    {
      words: 'the other five were left alone: not one connection to their sshd',
      holds: isSame(reached(connections), ['gw1']) && connections.size === 6,
    },
    rulesAreAsBefore(unequal),
    {
      words: 'through every gateway each web server answers 10 of 30 requests, IPv4 and IPv6',
      holds: isShared,
    },
  ];
}

function exited(exitCode: number, expected: number): Expectation {
  const holds = exitCode === expected;
  return { words: `exit code ${expected}${holds ? '' : `; it was ${exitCode}`}`, holds };
}

function rulesAreAsBefore(unequal: readonly string[]): Expectation {
  const words = 'all gateways have the rules they had before, IPv4 and IPv6, counters and dates aside';
  const holds = unequal.length === 0;
  return { words: holds ? words : `${words}; other: ${unequal.join(', ')}`, holds };
}

function reached(connections: Connections): readonly string[] {
  return [...connections].filter(([, count]) => count > 0).map(([gateway]) => gateway);
}

function isSame(names: readonly string[], others: readonly string[]): boolean {
  return [...names].sort().join('\n') === [...others].sort().join('\n');
}
