import { describe, expect, test } from 'vitest';
import { readSets } from '../../../src/ruleset/canonical/sets.ts';

const none = new Set<string>();
const text = (...lines: string[]) => lines.map((line) => `${line}\n`).join('');

describe('a set that is live', () => {
  test.each([
    ['create s hash:ip', 'create s hash:ip family inet maxelem 65536'],
    ['create s hash:net family inet6 hashsize 64', 'create s hash:net family inet6 maxelem 65536'],
    [
      'create s hash:ip maxelem 9 timeout 60 comment',
      'create s hash:ip family inet maxelem 9 timeout 60 comment',
    ],
    ['create s hash:mac', 'create s hash:mac maxelem 65536'],
    ['create s list:set', 'create s list:set size 8'],
    ['create s bitmap:port range 1-9', 'create s bitmap:port range 1-9'],
  ])('written as "%s" stands as it is wanted', (written, live) => {
    expect(readSets(text(written), text(live), none)).toEqual({ text: text(live), undecided: [] });
  });

  test.each([
    ['create s hash:ip timeout 60', 'create s hash:ip family inet maxelem 65536'],
    ['create s hash:ip', 'create s hash:ip family inet maxelem 65536 comment'],
    ['create s hash:ip', 'create s hash:ip family inet6 maxelem 65536'],
    ['create s hash:net', 'create s hash:ip family inet maxelem 65536'],
  ])('is another than "%s" says', (written, live) => {
    expect(readSets(text(written), text(live), none).text).toBe(text(written));
  });

  test.each([
    ['hash:net', '192.0.2.7/24', '192.0.2.0/24'],
    ['hash:net', '192.0.2.7/32', '192.0.2.7'],
    ['hash:ip', '192.0.2.7/32', '192.0.2.7'],
    ['hash:net family inet6', '2001:DB8::/32', '2001:db8::/32'],
  ])('of %s has the member %s as %s', (type, written, saved) => {
    const live = text(
      `create s ${type.includes('family') ? type : `${type} family inet`} maxelem 65536`,
      `add s ${saved}`,
    );
    expect(readSets(text(`create s ${type}`, `add s ${written}`), live, none)).toEqual({
      text: live,
      undecided: [],
    });
  });

  test.each([
    ['hash:ip', '192.0.2.0/30'],
    ['hash:ip', '192.0.2.1-192.0.2.3'],
    ['hash:ip', 'localhost'],
    ['hash:net', '192.0.2/24'],
    ['hash:ip netmask 24', '192.0.2.7'],
    ['hash:ip,port', '192.0.2.7,80'],
    ['hash:ip comment', '192.0.2.7 comment friend'],
  ])('of %s: how the member %s is saved only ipset knows', (type, member) => {
    const live = text(`create s ${type} family inet maxelem 65536`, 'add s 10.0.0.1');
    const { text: read, undecided } = readSets(text(`create s ${type}`, `add s ${member}`), live, none);
    expect(undecided).toEqual([
      {
        where: 'ipset s',
        line: `add s ${member}`,
        reason: `only ipset knows how the member ${member.split(' ')[0]} is saved`,
        isAlike: false,
      },
    ]);
    expect(read).toContain(`add s ${member}\n`);
    // In ipset's own words there is no doubt.
    const alike = text(`create s ${type} family inet maxelem 65536`, `add s ${member}`);
    expect(readSets(text(`create s ${type}`, `add s ${member}`), alike, none).undecided).toEqual([]);
  });

  test('loses what is no longer wanted, unless it keeps its members', () => {
    const live = text('create s hash:ip family inet maxelem 65536', 'add s 10.0.0.1', 'add s 10.0.0.2');
    const written = text('create s hash:ip', 'add s 10.0.0.2', 'add s 10.0.0.3');
    const header = 'create s hash:ip family inet maxelem 65536';
    expect(readSets(written, live, none).text).toBe(text(header, 'add s 10.0.0.2', 'add s 10.0.0.3'));
    expect(readSets(written, live, new Set(['s'])).text).toBe(
      text(header, 'add s 10.0.0.1', 'add s 10.0.0.2', 'add s 10.0.0.3'),
    );
  });

  test('has neither remaining timeouts nor counters in its canonical form', () => {
    const live = text('create s hash:ip family inet maxelem 65536 timeout 60', 'add s 10.0.0.1');
    const written = text('create s hash:ip timeout 60', 'add s 10.0.0.1 timeout 30');
    expect(readSets(written, live, none)).toEqual({ text: live, undecided: [] });
  });
});

test('a set that is not there comes as it is written, without a doubt', () => {
  const written = text('create s hash:ip', 'add s 10.0.0.0/30');
  expect(readSets(written, '', none)).toEqual({ text: written, undecided: [] });
  expect(readSets('', text('create s hash:ip'), none).text).toBe('');
});
