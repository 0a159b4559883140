import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { adopt } from '../../src/adopt/adopt.ts';
import type { LiveHost } from '../../src/adopt/model.ts';
import { readTables } from '../../src/adopt/tables.ts';
import { inventoryOf } from '../playbook/fleet.ts';
import { liveHost, renderAdopted, tablesOf } from './fleet.ts';

const filter = (...lines: readonly string[]) =>
  `*filter\n:INPUT DROP [7:420]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${lines.map((line) => `${line}\n`).join('')}COMMIT\n`;
const nat = (...lines: readonly string[]) =>
  `*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n${lines.map((line) => `${line}\n`).join('')}COMMIT\n`;
const SSH = '[3:180] -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT';

function adoptAll(...live: readonly LiveHost[]) {
  const inventory = inventoryOf({
    edge: { gw1: {}, gw2: {} },
    other: { gw3: {}, gw4: {} },
  });
  const adoption = adopt(live, inventory, 'adopted');
  return { ...adoption, rendered: renderAdopted(adoption, inventory) };
}
const adoptOne = (one: Partial<LiveHost['saves'] & LiveHost>) => adoptAll(liveHost('gw1', one));
const textOf = ({ files }: ReturnType<typeof adopt>, name: string) =>
  files?.templates.find((file) => file.name === name)?.text;

test('gateways that stand alike share one play, named after the group of the inventory that they are', () => {
  const { groups, files, rendered } = adoptAll(
    liveHost('gw1', { ipv4: filter(SSH) }),
    liveHost('gw2', { ipv4: filter(SSH.replace('3:180', '9:540')) }),
    liveHost('gw3', { ipv4: nat('-A POSTROUTING -o wan -j MASQUERADE') }),
  );
  expect(groups.map(({ id, hosts }) => [id, hosts])).toEqual([
    ['edge', ['gw1', 'gw2']],
    ['gw3', ['gw3']],
  ]);
  expect(files?.templates.map(({ name }) => name)).toEqual(['edge.rules.hbs', 'gw3.rules.hbs']);
  expect(rendered.get('gw2')?.play).toBe('edge');
});

test('what is the same in several plays stands in one template: tables whole, else chains', () => {
  const masquerade = nat('-A POSTROUTING -o wan -j MASQUERADE');
  const two = adoptAll(
    liveHost('gw1', {
      ipv4: masquerade + filter(':LOGDROP - [0:0]', SSH, '-A FORWARD -j LOGDROP', '-A LOGDROP -j DROP'),
    }),
    liveHost('gw3', { ipv4: masquerade + filter(':LOGDROP - [0:0]', SSH, '-A LOGDROP -j DROP') }),
  );
  expect(two.files?.templates.map(({ name }) => name).toSorted()).toEqual([
    'common/filter-chains.rules.hbs',
    'common/nat.rules.hbs',
    'gw1.rules.hbs',
    'gw3.rules.hbs',
  ]);
  expect(textOf(two, 'common/filter-chains.rules.hbs')).toBe(
    `# As it was found on gw1, gw3.\n*filter\n:INPUT DROP [0:0]\n:LOGDROP - [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n-A LOGDROP -j DROP\nCOMMIT\n`,
  );
  expect(textOf(two, 'gw1.rules.hbs')).toBe(
    `# As it was found on gw1.\n*filter\n:FORWARD ACCEPT [0:0]\n:LOGDROP - [0:0]\n-A FORWARD -j LOGDROP\nCOMMIT\n`,
  );
});

test('what Handlebars would take for its own renders to itself', () => {
  const comments = [
    '{{x}}',
    '{{{raw}}}',
    '{{!-- gone --}}',
    '\\\\{{a',
    '\\"{{b}}\\"',
    '{{#if}} }}',
    '{ {',
    '{{{{{',
  ];
  const rules = comments.map((text) => `-A INPUT -m comment --comment "${text}" -j ACCEPT`);
  const { rendered } = adoptOne({ ipv4: filter(...rules) });
  expect(tablesOf(rendered.get('gw1')?.rulesets ?? [])[0]?.chains[0]?.rules).toEqual(rules);
});

test('chains of other tools are left to them, with the jumps to them and what only they call', () => {
  const { rendered, files, hosts } = adoptOne({
    ipv4: filter(
      ':DOCKER-USER - [0:0]',
      ':MINE - [0:0]',
      ':f2b-sshd - [0:0]',
      ':helper - [0:0]',
      '-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd',
      SSH,
      '-A FORWARD -j DOCKER-USER',
      '-A FORWARD -j MINE',
      '-A MINE -j ACCEPT',
      '-A f2b-sshd -s 192.0.2.66/32 -j helper',
      '-A helper -j DROP',
    ),
  });
  expect(rendered.get('gw1')?.rulesets[0]?.text).not.toMatch(/f2b|DOCKER|helper/);
  expect(files?.playbook).toContain('  keep: ["DOCKER-*", "f2b-*", "helper"]\n');
  expect(hosts[0]).toMatchObject({
    notes: ['left to Docker: DOCKER-USER', 'left to fail2ban: f2b-sshd, helper'],
  });
});

test('sets that rules use are adopted; of those that fill themselves, only the set', () => {
  const sets = [
    'create admins hash:net family inet maxelem 65536',
    'add admins 192.0.2.0/24',
    'create f2b-sshd hash:ip family inet maxelem 65536 timeout 600',
    'create seen hash:ip family inet maxelem 65536',
    'add seen 198.51.100.7',
    'create spare hash:ip family inet maxelem 65536',
  ];
  const { rendered, hosts } = adoptOne({
    sets: `${sets.join('\n')}\n`,
    ipv4: filter(
      '-A INPUT -m set --match-set admins src -j ACCEPT',
      '-A INPUT -m set --match-set f2b-sshd src -j DROP',
      '-A INPUT -p tcp -j SET --add-set seen src',
    ),
  });
  const found = rendered
    .get('gw1')
    ?.sets.map(({ name, members, keepsMembers }) => ({ name, members, keepsMembers }));
  expect(found?.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
    { name: 'admins', members: ['add admins 192.0.2.0/24'], keepsMembers: false },
    { name: 'seen', members: [], keepsMembers: true },
  ]);
  expect(hosts[0]).toMatchObject({
    notes: [
      'left to fail2ban: the set f2b-sshd',
      'the set spare is left out: no rule uses it',
      expect.stringMatching(/^the members of the set seen stay/),
    ],
  });
});

describe('forwarding is written down', () => {
  const forwards = { ipv4: true, ipv6: true };
  it.each([
    [
      'where rules are about it',
      nat('-A POSTROUTING -j MASQUERADE'),
      [{ key: 'net.ipv4.ip_forward', value: '1' }],
    ],
    ['and nowhere else', filter(SSH), []],
  ])('%s', (_, ipv4, sysctls) => {
    expect(adoptOne({ ipv4, forwards }).rendered.get('gw1')?.sysctls).toEqual(sysctls);
  });
});

test.each([
  ['a target that no template may name', '-A INPUT -j TARPIT', /TARPIT.*in: -A INPUT -j TARPIT/],
  ['a line break in a comment', '-A INPUT -m comment --comment "a\nb" -j ACCEPT', /no restore would take/],
])('%s keeps a host out, and the others go on', (_, rule, message) => {
  const { hosts, rendered } = adoptAll(
    liveHost('gw1', { ipv4: filter(rule) }),
    liveHost('gw2', { ipv4: filter(SSH) }),
  );
  expect(hosts).toMatchObject([
    { kind: 'refused', host: 'gw1', problem: { host: 'gw1', message: expect.stringMatching(message) } },
    { kind: 'adopted', host: 'gw2' },
  ]);
  expect([...rendered.keys()]).toEqual(['gw2']);
});

test('what a play owns already, and what is empty, is left out', () => {
  const owned = [{ play: 'edge', family: 'ipv4', table: 'filter' }];
  const { hosts, files } = adoptOne({ ipv4: filter(SSH) + nat(), owners: owned });
  expect(hosts).toMatchObject([
    { kind: 'empty', notes: ['ipv4 filter is left out: it is managed already, by the play edge'] },
  ]);
  expect(files).toBeUndefined();
});

test('whatever a fleet has, each of its gateways renders to just that', () => {
  const chain = fc.constantFrom('INPUT', 'FORWARD', 'OUTPUT', 'A', 'B');
  const rule = fc.tuple(
    chain,
    fc.constantFrom('22', '80', '443'),
    fc.constantFrom('', '{{', '\\\\{{x}}', 'plain "q"'),
  );
  const text = ([name, port, words]: readonly [string, string, string]) => {
    const comment = words === '' ? '' : ` -m comment --comment "${words.replaceAll('"', '\\"')}"`;
    return `-A ${name} -p tcp -m tcp --dport ${port}${comment} -j ACCEPT`;
  };
  const save = fc
    .array(rule, { maxLength: 6 })
    .map((rules) => filter(':A - [0:0]', ':B - [0:0]', ...rules.map(text)));
  const host = fc.record({ ipv4: save, ipv6: fc.oneof(fc.constant(''), save) });
  fc.assert(
    fc.property(fc.tuple(host, host, host, host), (hosts) => {
      const { rendered } = adoptAll(...hosts.map((saves, at) => liveHost(`gw${at + 1}`, saves)));
      hosts.forEach(({ ipv4, ipv6 }, at) => {
        const found = [...readTables(ipv4, 'ipv4').tables, ...readTables(ipv6, 'ipv6').tables];
        expect(tablesOf(rendered.get(`gw${at + 1}`)?.rulesets ?? [])).toEqual(found);
      });
    }),
    { numRuns: 12, seed: 7 },
  );
});
