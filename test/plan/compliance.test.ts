import { describe, expect, test } from 'vitest';
import { type ComplianceQuestion, compareWithPlay } from '../../src/plan/compliance.ts';

const table = (...rules: readonly string[]) =>
  `*filter\n:INPUT DROP\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n${rules.map((rule) => `${rule}\n`).join('')}COMMIT\n`;
const SSH = '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT';
const WEB = '-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT';
const FOE = '-A INPUT -p udp -m udp --dport 9 -j ACCEPT';

type Facts = {
  readonly confirmed?: string;
  readonly live: string;
  readonly desired?: string;
  readonly sets?: ComplianceQuestion['standing']['sets'];
  readonly sysctls?: ComplianceQuestion['standing']['sysctls'];
  readonly keptSets?: readonly string[];
};

const NONE = { live: '', canonical: '' };

function compare({ confirmed, live, desired = table(SSH, WEB), ...more }: Facts) {
  const isManaged = confirmed !== undefined;
  return compareWithPlay({
    host: 'gw1',
    play: 'edge',
    keptSets: more.keptSets ?? [],
    standing: {
      families: [{ family: 'ipv4', live, canonical: desired, ...(isManaged ? { confirmed } : {}) }],
      resets: [],
      owners: isManaged
        ? [
            { play: 'edge', family: 'ipv4', table: 'filter' },
            { play: 'edge', family: 'ipset', table: 'block' },
          ]
        : [],
      sets: more.sets ?? NONE,
      sysctls: more.sysctls ?? NONE,
      leftSysctls: [],
      ...(isManaged ? { last: { token: 't1', since: '2026-11-25T20:00:00Z', owner: 'me@laptop' } } : {}),
    },
  });
}

describe('how a gateway stands to a play', () => {
  const want = table(SSH, WEB);
  const nobody = { came: [], went: [], moved: [], lines: 0 };
  test.each<[string, Facts, object]>([
    [
      'in compliance',
      { confirmed: want, live: want },
      { state: 'in_compliance', byAnotherHand: nobody, isPlaybookNewer: false },
    ],
    [
      'in compliance, though by another hand',
      { confirmed: table(SSH), live: want },
      {
        state: 'in_compliance',
        byAnotherHand: { came: [`ipv4 filter: ${WEB}`], went: [], lines: 1 },
        isPlaybookNewer: true,
      },
    ],
    [
      'a rule went',
      { confirmed: want, live: table(SSH) },
      {
        state: 'drifted',
        added: 1,
        removed: 0,
        byAnotherHand: { came: [], went: [`ipv4 filter: ${WEB}`], lines: 1 },
      },
    ],
    [
      'a rule came',
      { confirmed: want, live: table(SSH, WEB, FOE) },
      {
        state: 'drifted',
        added: 0,
        removed: 1,
        byAnotherHand: { came: [`ipv4 filter: ${FOE}`], went: [], lines: 1 },
      },
    ],
    [
      'a rule moved',
      { confirmed: want, live: table(WEB, SSH) },
      {
        state: 'drifted',
        byAnotherHand: {
          came: [],
          went: [],
          moved: [expect.stringMatching(/^ipv4 filter: -A INPUT /)],
          lines: 1,
        },
        isPlaybookNewer: false,
      },
    ],
    [
      'a policy changed',
      { confirmed: want, live: want.replace('INPUT DROP', 'INPUT ACCEPT') },
      {
        state: 'drifted',
        byAnotherHand: { came: ['ipv4 filter: :INPUT ACCEPT'], went: ['ipv4 filter: :INPUT DROP'], lines: 2 },
      },
    ],
    [
      'the playbook alone went on',
      { confirmed: table(SSH), live: table(SSH) },
      { state: 'drifted', added: 1, byAnotherHand: nobody, isPlaybookNewer: true, drift: undefined },
    ],
    [
      'both',
      { confirmed: table(SSH), live: table(FOE) },
      { state: 'drifted', byAnotherHand: { lines: 2 }, isPlaybookNewer: true },
    ],
    [
      'never managed',
      { live: '' },
      { state: 'never_managed', byAnotherHand: nobody, isPlaybookNewer: false },
    ],
    ['never managed, and as the play wants it', { live: want }, { state: 'in_compliance' }],
  ])('%s', (_, facts, expected) => expect(compare(facts)).toMatchObject(expected));

  test('the difference reads from what was confirmed to what is live', () => {
    const { drift } = compare({ confirmed: want, live: table(SSH, FOE) });
    expect(drift?.text).toContain('--- confirmed: ipv4 filter\n+++ live: ipv4 filter\n');
    expect(drift?.text).toContain(`\n-${WEB}\n+${FOE}\n`);
  });

  test('a foreign chain is drift, and an apply would refuse to delete it', () => {
    const live = want.replace(':OUTPUT ACCEPT\n', ':OUTPUT ACCEPT\n:f2b - [0:0]\n');
    const { state, notes } = compare({ confirmed: want, live });
    expect(state).toBe('drifted');
    expect(notes).toEqual([expect.stringContaining('apply would refuse: ')]);
    expect(notes[0]).toContain('the chain f2b');
  });

  test('an event holds the first lines, and how many there are', () => {
    const many = Array.from(
      { length: 30 },
      (_, port) => `-A INPUT -p udp -m udp --dport ${port + 1} -j DROP`,
    );
    const { byAnotherHand } = compare({ confirmed: want, live: table(SSH, WEB, ...many) });
    expect(byAnotherHand.came).toHaveLength(20);
    expect(byAnotherHand.lines).toBe(30);
  });
});

describe('sets and sysctls', () => {
  const want = table(SSH, WEB);
  const same = { confirmed: want, live: want };
  const block = (...members: readonly string[]) =>
    ['create block hash:ip family inet', ...members.map((member) => `add block ${member}`)]
      .join('\n')
      .concat('\n');

  test('a member that came, and one that went', () => {
    const sets = {
      confirmed: block('10.0.0.1', '10.0.0.2'),
      live: block('10.0.0.2', '10.0.0.3'),
      canonical: block('10.0.0.1', '10.0.0.2'),
    };
    expect(compare({ ...same, sets })).toMatchObject({
      state: 'drifted',
      byAnotherHand: {
        came: ['ipset block: add block 10.0.0.3'],
        went: ['ipset block: add block 10.0.0.1'],
        lines: 2,
      },
      isPlaybookNewer: false,
    });
  });

  test('in a set that keeps its members, others may come and go; the own ones may not', () => {
    const kept = { ...same, keptSets: ['block'] };
    const own = block('10.0.0.1');
    const others = {
      confirmed: block('10.0.0.1', '10.9.9.9'),
      live: block('10.0.0.1', '10.8.8.8'),
      canonical: block('10.0.0.1', '10.8.8.8'),
    };
    expect(compare({ ...kept, sets: others })).toMatchObject({
      state: 'in_compliance',
      byAnotherHand: { lines: 0 },
      isPlaybookNewer: false,
    });
    const gone = { confirmed: own, live: block('10.8.8.8'), canonical: block('10.0.0.1', '10.8.8.8') };
    expect(compare({ ...kept, sets: gone })).toMatchObject({
      state: 'drifted',
      byAnotherHand: { came: [], went: ['ipset block: add block 10.0.0.1'], lines: 1 },
    });
  });

  test('a parameter that another hand set; one that the play took on since is not compared', () => {
    const sysctls = {
      confirmed: 'net.a = 1\n',
      live: 'net.a = 0\nnet.b = 5\n',
      canonical: 'net.a = 1\nnet.b = 6\n',
    };
    expect(compare({ ...same, sysctls })).toMatchObject({
      byAnotherHand: { came: ['sysctls: net.a = 0'], went: ['sysctls: net.a = 1'], lines: 2 },
      isPlaybookNewer: true,
    });
  });
});
