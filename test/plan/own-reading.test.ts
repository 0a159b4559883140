import { expect, test } from 'vitest';
import { planChange } from '../../src/plan/change.ts';
import { compareWithPlay } from '../../src/plan/compliance.ts';

const rules = '*filter\n:INPUT ACCEPT\n-A INPUT -m bpf -j DROP\nCOMMIT\n';
const ownReading = {
  why: 'unshare: Operation not permitted',
  undecided: [{ where: 'ipv4 filter INPUT', line: '-A INPUT -m bpf -j DROP', reason: 'why', isAlike: false }],
};
const standing = (live: string, more: object = {}) => ({
  families: [{ family: 'ipv4' as const, live, canonical: rules }],
  resets: [],
  owners: [],
  sets: { live: '', canonical: '' },
  sysctls: { live: '', canonical: '' },
  leftSysctls: [],
  ownReading,
  ...more,
});
const plan = (live: string, more: object = {}) =>
  planChange({ host: 'gw1', play: 'edge', standing: standing(live, more), takeOver: false });

const said =
  "compared by sluice's own reading of rules, as no shadow namespace can be made here (unshare: Operation not permitted): its kernel was not asked whether it takes them, and apply refuses it";

test('a comparison without the kernel says so first, and names what it leaves open', () => {
  expect(plan('').kind).toBe('change');
  const open = 'may be no difference, as why: ipv4 filter INPUT: -A INPUT -m bpf -j DROP';
  expect(plan('')).toMatchObject({ notes: [said, open] });
  expect(plan(rules)).toMatchObject({ kind: 'unchanged', notes: [said, open] });
  expect(compareWithPlay({ host: 'gw1', play: 'edge', standing: standing(''), keptSets: [] }).notes).toEqual([
    said,
    open,
  ]);
});

test('words that the kernel printed itself are told as taken for the same', () => {
  const undecided = ownReading.undecided.map((one) => ({ ...one, isAlike: true }));
  expect(plan(rules, { ownReading: { ...ownReading, undecided } })).toMatchObject({
    notes: [
      said,
      'taken for the same, as the kernel printed the same words, though why: ipv4 filter INPUT: -A INPUT -m bpf -j DROP',
    ],
  });
});

test('of many open questions the first are named and all are counted', () => {
  const undecided = Array.from({ length: 23 }, () => ownReading.undecided[0]);
  const { notes = [] } = plan('', { ownReading: { ...ownReading, undecided } }) as { notes?: string[] };
  expect(notes).toHaveLength(22);
  expect(notes.at(-1)).toBe("and 3 more that can't be decided: --json names them all");
});

test("a refusal of what isn't ours says by what it was judged; a rehearsed comparison says nothing of it", () => {
  const foreign = '*filter\n:INPUT ACCEPT\n-A INPUT -s 10.0.0.1/32 -j DROP\nCOMMIT\n';
  expect(plan(foreign)).toMatchObject({
    kind: 'refused',
    problem: { code: 'not-ours', message: expect.stringContaining(`(${said})`) },
  });
  expect(plan('', { ownReading: undefined })).toMatchObject({ notes: [] });
});
