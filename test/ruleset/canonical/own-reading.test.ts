import { expect, test } from 'vitest';
import { type ReadContext, readFamily } from '../../../src/ruleset/canonical/own-reading.ts';

const plain: ReadContext = { backend: 'nft', foreign: new Map(), isPartial: false };
const table = (rules: string, name = 'filter') =>
  `*${name}\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n${rules}COMMIT\n`;

function read(live: string, canonical: string, context: Partial<ReadContext> = {}) {
  return readFamily({ family: 'ipv4', live, canonical }, { ...plain, ...context });
}

test('what is written otherwise and means the same is the same', () => {
  const { read: both, undecided } = read(
    table(
      '-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT\n-A INPUT -j REJECT --reject-with icmp-port-unreachable\n',
    ),
    '*filter\n-A INPUT -p tcp --dport http -j ACCEPT\n-A INPUT -j REJECT\nCOMMIT\n',
  );
  expect(both.canonical).toBe(both.live);
  expect(undecided).toEqual([]);
});

test('a table as the kernel makes it is none, whichever side it stands on', () => {
  const empty = '*mangle\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n';
  expect(read('', empty).read).toMatchObject({ live: '', canonical: '' });
  expect(read(table(''), '').read).toMatchObject({ live: '', canonical: '' });
  expect(read('', '*filter\n:INPUT DROP [0:0]\nCOMMIT\n').read.canonical).toContain(':INPUT DROP');
  expect(read('', '*filter\n:OWN - [0:0]\nCOMMIT\n').read.canonical).toContain(':OWN -');
});

test('what sluice can not read stays in its own words, is named with its chain, and is no silent match', () => {
  const bpf = '-A INPUT -m bpf --bytecode "1,6 0 0 1" -j ACCEPT';
  const [where, reason] = ['ipv4 filter INPUT', 'sluice does not know the match bpf'];
  const fresh = read('', table(`${bpf}\n`));
  expect(fresh.read.canonical).toContain(bpf);
  expect(fresh.undecided).toEqual([{ where, line: bpf, reason, isAlike: false }]);
  // Other words for the same, as far as anybody here knows: a difference, and named on both sides.
  const longer = bpf.replace('-j', '--jump');
  expect(read(table(`${bpf}\n`), table(`${longer}\n`)).undecided).toEqual([
    { where, line: longer, reason, isAlike: false },
    { where, line: bpf, reason, isAlike: false },
  ]);
  // The kernel's own words are what it saves again.
  expect(read(table(`${bpf}\n`), table(`${bpf}\n`)).undecided).toEqual([
    { where, line: bpf, reason, isAlike: true },
  ]);
});

test('the table that a rule stands in is named, and only words of the same table are alike', () => {
  const odd = '-A OUTPUT -j NONESUCH';
  const { undecided } = read(table(`${odd}\n`), `# first\n*raw\nCOMMIT\n${table(`${odd}\n`, 'mangle')}`);
  expect(undecided.map(({ where, isAlike }) => [where, isAlike])).toEqual([
    ['ipv4 mangle OUTPUT', false],
    ['ipv4 filter OUTPUT', false],
  ]);
});

test("where only chains are the play's, others' may be jumped to and are not shown", () => {
  const own = '*filter\n:OWN- - [0:0]\n-A OWN- -j DOCKER-USER\n-A DOCKER-USER -s 10.0.0.1 -j OWN-\nCOMMIT\n';
  const live = '*filter\n:OWN- -\n-A OWN- -j DOCKER-USER\n-A DOCKER-USER -s 10.0.0.1/32 -j OWN-\nCOMMIT\n';
  const foreign = new Map([['filter', new Set(['DOCKER-USER'])]]);
  const { read: both, undecided } = read(live, own, { foreign, isPartial: true });
  expect(undecided).toEqual([]);
  expect(both.canonical).toBe(both.live);
  expect(both.live).toBe(
    '*filter\n:OWN- - [0:0]\n-A DOCKER-USER -s 10.0.0.1/32 -j OWN-\n-A OWN- -j DOCKER-USER\nCOMMIT\n',
  );
  expect(read(live, own, { isPartial: true }).undecided).not.toEqual([]);
});

test('what was confirmed is brought into the same form', () => {
  const confirmed = '*filter\n-A INPUT -s 10.0.0.1 -j DROP\nCOMMIT\n';
  const side = { family: 'ipv4' as const, live: '', canonical: '', confirmed };
  expect(readFamily(side, plain).read.confirmed).toContain('-A INPUT -s 10.0.0.1/32 -j DROP');
  expect(readFamily({ family: 'ipv6', live: '', canonical: '' }, plain).read).not.toHaveProperty('confirmed');
});
