import { describe, expect, it } from 'vitest';
import { type Comparison, planChange } from '../../src/plan/change.ts';

const ours =
  '*filter\n:INPUT DROP\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\nCOMMIT\n';
const wider = ours.replace('COMMIT', '-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT\nCOMMIT');
const owner = { play: 'edge', family: 'ipv4', table: 'filter' };

type Facts = {
  live?: string;
  canonical?: string;
  confirmed?: string;
  owners?: Comparison['standing']['owners'];
  takeOver?: boolean;
  scope?: 'tables' | 'chains';
};

function plan({
  live = '',
  canonical = ours,
  confirmed,
  owners = [],
  takeOver = false,
  scope = 'tables',
}: Facts) {
  const family = {
    family: 'ipv4' as const,
    live,
    canonical,
    ...(confirmed === undefined ? {} : { confirmed }),
  };
  return planChange({
    host: 'gw1',
    play: 'edge',
    standing: { families: [family], resets: [], owners, scope, ...plain },
    takeOver,
  });
}

/** Of a gateway where neither sets nor sysctls are concerned. */
const plain = {
  sets: { live: '', canonical: '' },
  sysctls: { live: '', canonical: '' },
  leftSysctls: [],
};

describe('planChange', () => {
  it('finds nothing to change where the canonical texts are equal, whoever wrote them', () => {
    expect(plan({ live: ours })).toMatchObject({ kind: 'unchanged' });
    expect(plan({ live: ours, owners: [owner], confirmed: wider })).toMatchObject({ kind: 'unchanged' });
  });

  it('fills an empty table without asking', () => {
    expect(plan({})).toMatchObject({
      kind: 'change',
      removed: 1,
      diff: expect.stringContaining('+-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT'),
    });
  });

  it('changes what its own last transaction left, and what another hand did to it since', () => {
    expect(plan({ live: ours, canonical: wider, owners: [owner], confirmed: ours })).toMatchObject({
      kind: 'change',
      added: 1,
      removed: 0,
    });
    expect(plan({ live: wider, owners: [owner], confirmed: ours })).toMatchObject({
      kind: 'change',
      added: 0,
      removed: 1,
    });
  });

  it('refuses a table that holds rules sluice never wrote, and shows them', () => {
    expect(plan({ live: wider })).toMatchObject({
      kind: 'refused',
      problem: {
        code: 'not-ours',
        host: 'gw1',
        message: expect.stringMatching(/ipv4 filter has 2 rules: -A INPUT .*--dport 22/),
        remedy: expect.stringContaining('--take-over'),
      },
    });
    expect(plan({ live: wider, takeOver: true })).toMatchObject({
      kind: 'change',
      notes: [expect.stringContaining('--take-over: ipv4 filter')],
    });
  });

  it('refuses a table that another play owns', () => {
    const owners = [{ ...owner, play: 'base' }];
    expect(plan({ live: wider, owners })).toMatchObject({
      kind: 'refused',
      problem: { message: expect.stringContaining('belongs to the play base') },
    });
  });

  it('refuses to delete a chain that neither the play nor its last transaction knows', () => {
    const banned = ours
      .replace('-A INPUT', ':f2b-sshd -\n-A INPUT')
      .replace('COMMIT', '-A f2b-sshd -s 203.0.113.9/32 -j DROP\nCOMMIT');
    const refused = plan({ live: banned, canonical: wider, owners: [owner], confirmed: ours });
    expect(refused).toMatchObject({
      kind: 'refused',
      problem: {
        message: expect.stringContaining(
          "ipv4 filter has the chain f2b-sshd (fail2ban's, 1 rule, no jump to it)",
        ),
      },
    });
    expect(plan({ live: banned, canonical: wider, owners: [owner], confirmed: banned })).toMatchObject({
      kind: 'change',
    });
  });

  it('names whose chains it would delete, how they are reached, and the ways out', () => {
    const docker = ours
      .replace(':OUTPUT ACCEPT', ':OUTPUT ACCEPT\n:DOCKER -\n:DOCKER-USER -\n:mine -')
      .replace('COMMIT', '-A FORWARD -j DOCKER-USER\n-A DOCKER-USER -j RETURN\nCOMMIT');
    expect(plan({ live: docker })).toMatchObject({
      kind: 'refused',
      problem: {
        code: 'not-ours',
        message: expect.stringContaining(
          "ipv4 filter has the chain DOCKER-USER (Docker's, 1 rule, reached by -A FORWARD -j DOCKER-USER); ipv4 filter has the chain mine (0 rules, no jump to it)",
        ),
        remedy: expect.stringContaining(
          'keep: ["DOCKER", "DOCKER-*", "mine"]; or own only chains of the play itself: scope: chains',
        ),
      },
    });
    expect(plan({ live: docker, takeOver: true })).toMatchObject({
      kind: 'change',
      notes: expect.arrayContaining([
        expect.stringContaining("--take-over: ipv4 filter has the chain DOCKER (Docker's"),
      ]),
    });
  });

  it('lets plays that own chains share a table with each other, and with no play that owns it whole', () => {
    const edge = '*filter\n:EDGE-IN -\n-A EDGE-IN -j DROP\nCOMMIT\n';
    const asked = { canonical: edge, scope: 'chains' as const };
    expect(plan({ ...asked, owners: [{ ...owner, play: 'lb', prefix: 'LB-' }] })).toMatchObject({
      kind: 'change',
    });
    expect(plan({ ...asked, owners: [{ ...owner, play: 'base' }] })).toMatchObject({
      kind: 'refused',
      problem: { message: expect.stringContaining('ipv4 filter belongs to the play base') },
    });
    expect(plan({ owners: [{ ...owner, play: 'lb', prefix: 'LB-' }] })).toMatchObject({
      kind: 'refused',
      problem: { message: expect.stringContaining('ipv4 filter belongs to the play lb') },
    });
  });

  it('notes a table that goes back to what the kernel makes it', () => {
    const standing = {
      families: [{ family: 'ipv4' as const, live: ours, canonical: '' }],
      resets: [{ family: 'ipv4', table: 'filter' }],
      owners: [owner],
      ...plain,
    };
    expect(planChange({ host: 'gw1', play: 'edge', standing, takeOver: false })).toMatchObject({
      kind: 'change',
      notes: ['ipv4 filter is no longer in the play: reset to an empty table'],
    });
  });

  it('changes what only the next boot lacks, and says it where something live changes only once', () => {
    const families = [{ family: 'ipv4' as const, live: ours, canonical: ours }];
    const standing = {
      families,
      resets: [],
      owners: [owner],
      ...plain,
      persistence: 'the boot unit is missing',
    };
    expect(planChange({ host: 'gw1', play: 'edge', standing, takeOver: false })).toEqual({
      kind: 'change',
      added: 1,
      removed: 1,
      moved: 0,
      changes: { tables: [], sets: [], sysctls: [], nextBoot: 'the boot unit is missing' },
      diff: '--- before: next boot\n+++ after: next boot\n-the boot unit is missing\n+as the play wants it\n',
      notes: [],
    });
    const live = {
      ...standing,
      families: [{ ...families[0], family: 'ipv4' as const, live: '', canonical: ours }],
    };
    const planned = planChange({ host: 'gw1', play: 'edge', standing: live, takeOver: false });
    expect(planned.kind === 'change' && planned.diff).not.toContain('next boot');
  });

  it('asks before it replaces a set that it never made, and compares members', () => {
    const sets = {
      live: 'create blocked hash:net family inet\nadd blocked 10.0.0.0/8\n',
      canonical: 'create blocked hash:net family inet\nadd blocked 192.0.2.0/24\n',
    };
    const ask = (owners: { play: string; family: string; table: string }[], takeOver = false) =>
      planChange({
        host: 'gw1',
        play: 'edge',
        standing: { families: [], resets: [], owners, ...plain, sets },
        takeOver,
      });
    expect(ask([])).toMatchObject({
      kind: 'refused',
      problem: { message: expect.stringMatching(/ipset blocked has 1 member/) },
    });
    expect(ask([{ play: 'mail', family: 'ipset', table: 'blocked' }])).toMatchObject({
      kind: 'refused',
      problem: { message: expect.stringMatching(/ipset blocked belongs to the play mail/) },
    });
    for (const planned of [ask([{ play: 'edge', family: 'ipset', table: 'blocked' }]), ask([], true)])
      expect(planned).toMatchObject({ kind: 'change', added: 1, removed: 1 });
  });
});

describe('gateways of one kind', () => {
  const first: Comparison = {
    host: 'gw1',
    play: 'edge',
    standing: {
      families: [{ family: 'ipv4', live: '', canonical: ours }],
      resets: [],
      owners: [],
      ...plain,
    },
    takeOver: false,
    written: [
      {
        family: 'ipv4',
        text: ours,
        tables: ['filter'],
        sources: ours.split('\n').map((_, line) => ({ template: 'edge', line: line + 1 })),
      },
    ],
  };
  const others: readonly [string, Partial<Comparison> | Partial<Comparison['standing']>, RegExp][] = [
    [
      'live',
      { families: [{ family: 'ipv4', live: wider, canonical: ours }], owners: [owner] },
      /^--A INPUT.*443/m,
    ],
    ['wanted', { families: [{ family: 'ipv4', live: '', canonical: wider }] }, /^\+-A INPUT.*443/m],
    ['family', { families: [{ family: 'ipv6', live: '', canonical: ours }] }, /before: ipv6 filter/],
    ['sets', { sets: { live: '', canonical: 'create s hash:ip\n' } }, /ipset s/],
    [
      'sysctls',
      { sysctls: { live: 'net.ipv4.ip_forward 0\n', canonical: 'net.ipv4.ip_forward 1\n' } },
      /sysctls/,
    ],
    ['written', { written: [] }, /--dport 22 -j ACCEPT$/m],
  ];

  it.each(others)('that differ by what is %s are told apart', (_what, change, words) => {
    const diffOf = (one: Comparison) => {
      const planned = planChange(one);
      if (planned.kind !== 'change') throw new Error(JSON.stringify(planned));
      return planned.diff;
    };
    const before = diffOf(first);
    expect(before).toMatch(/--dport 22 -j ACCEPT {2}# edge:5$/m);
    const other =
      'written' in change
        ? { ...first, ...change }
        : { ...first, standing: { ...first.standing, ...change } };
    expect(diffOf(other as Comparison)).toMatch(words);
    expect(diffOf(other as Comparison)).not.toBe(before);
    expect(diffOf({ ...structuredClone(first), host: 'gw2' })).toBe(before);
  });
});
