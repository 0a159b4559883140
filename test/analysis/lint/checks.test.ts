import { describe, expect, test } from 'vitest';
import { LINTS, lintOf } from '../../../src/analysis/lint/checks.ts';
import { lintFile } from '../../../src/analysis/lint/file.ts';
import { lintRuleset } from '../../../src/analysis/lint/lint.ts';
import type { Surroundings } from '../../../src/analysis/lint/model.ts';
import { createRuleReader, rulesetOf } from '../../../src/analysis/lint/read.ts';

const idsIn = (text: string) => lintFile(text, 'x').findings.map(({ id }) => id);

/** Examples that say in words what can't be shown in a few lines. */
const TOLD = ['F8', 'X5'];

describe.each(LINTS.filter(({ id }) => !TOLD.includes(id)))('$id $title', ({ id, bad, good }) => {
  test('its bad example has it', () => expect(idsIn(bad)).toContain(id));
  test('its good example has no finding at all', () => expect(lintFile(good, 'x').findings).toEqual([]));
});

test('ids are in use once', () => {
  expect(new Set(LINTS.map(({ id }) => id)).size).toBe(LINTS.length);
  expect(lintOf('lb1')?.id).toBe('LB1');
  expect(lintOf('LB99')).toBeUndefined();
});

const inside = (around: Surroundings, ...rules: readonly string[]) =>
  lintRuleset(
    rulesetOf(
      rules.map((text, at) => {
        const [, table = 'filter', rule = ''] = /^(?:(\w+): )?(.*)$/.exec(text) ?? [];
        return { table, text: rule, place: { file: 'x', line: at + 1 } };
      }),
      { family: 'ipv4', around, read: createRuleReader() },
    ),
  );

test('F8: DNAT and FORWARD where the play switches forwarding off, and only there', () => {
  const rules = ['nat: -A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1'];
  expect(inside({ isForwarding: false }, ...rules)).toMatchObject([{ id: 'F8', severity: 'error' }]);
  expect(inside({ isForwarding: true }, ...rules)).toEqual([]);
  expect(inside({}, ...rules)).toEqual([]);
});

test('X5: one finding for a thousand rules of one shape, none for a thousand of many', () => {
  const drops = (count: number) =>
    Array.from({ length: count }, (_, at) => `-A INPUT -s 10.${at >> 8}.${at & 255}.1 -j DROP`);
  expect(inside({}, ...drops(1001))).toMatchObject([{ id: 'X5', place: { line: 1 } }]);
  expect(inside({}, ...drops(1000))).toEqual([]);
  const each = drops(600).flatMap((rule) => [rule, rule.replace('-j', '-p tcp --dport 22 -j')]);
  expect(inside({}, ...each)).toEqual([]);
});

test('N9: copies of a rule are told once, with their count', () => {
  const copy = 'nat: -A POSTROUTING -o wan -j MASQUERADE';
  const found = inside({}, copy, copy, 'nat: -A POSTROUTING -o wan -j SNAT --to-source 192.0.2.1', copy);
  expect(found.map(({ id, place, message }) => [id, place.line, message])).toEqual([
    ['N9', 2, 'the same rule stands in line 1: this one and 1 more never match'],
    ['N9', 3, 'line 1 takes the same packets: this one never matches'],
  ]);
});

describe('F1: a rule of INPUT that is for more than what is translated', () => {
  const of = (translated: string, ...more: readonly string[]) =>
    inside(
      {},
      `nat: -A PREROUTING ${translated} -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1`,
      '-A INPUT -p tcp --dport 80 -j ACCEPT',
      ...more,
    ).filter(({ id }) => id === 'F1');

  test('is dead where no other interface is named', () =>
    expect(of('-i wan', '-A INPUT -i lo -j ACCEPT')).toMatchObject([{ severity: 'warning' }]));

  test('may be for another interface where there is one', () =>
    expect(of('-i wan', '-A INPUT -i lan -p udp --dport 53 -j ACCEPT')).toEqual([]));

  test('is worth knowing where it is for other addresses alone', () =>
    expect(of('-d 203.0.113.1/32')).toMatchObject([
      { severity: 'info', message: expect.stringContaining('for 203.0.113.1 ') },
    ]));
});

test('F1: a range of ports takes each of them, but those that stay here', () => {
  const rules = (translated: string) =>
    [80, 2121, 8080].map((port) => `-A INPUT -i wan -p tcp --dport ${port} -j ACCEPT`).concat(translated);
  const linesOf = (translated: string) =>
    inside({}, ...rules(translated))
      .filter(({ id }) => id === 'F1')
      .map(({ place }) => place.line);
  const taking = 'nat: -A PREROUTING -i wan -p tcp';
  expect(linesOf(`${taking} --dport 20:2121 -j DNAT --to-destination 10.0.0.1`)).toEqual([1, 2]);
  expect(linesOf(`${taking} -m multiport --dports 2121,8080 -j DNAT --to-destination 10.0.0.1`)).toEqual([
    2, 3,
  ]);
  expect(linesOf(`${taking} --dport 1:10000 -j REDIRECT --to-ports 80`)).toEqual([2, 3]);
});

describe('N1 and the gateway’s own SSH', () => {
  const management = { addresses: ['198.51.100.1'], port: 22 };
  const of = (rule: string, around: Surroundings = { management }) =>
    inside(around, `nat: -A PREROUTING ${rule}`).filter(({ id }) => id === 'N1');
  const target = '-j DNAT --to-destination 10.0.0.5';

  test.each([
    ['of any address', `-p tcp --dport 22 ${target}`, 'error'],
    ['of everything', target, 'error'],
    ['in a range of ports', `-p tcp --dport 20:25 ${target}`, 'error'],
    ['among several ports', `-p tcp -m multiport --dports 22,80 ${target}`, 'error'],
    ['at its own address', `-d 198.51.100.1 -p tcp --dport 22 ${target}`, 'error'],
    ['at an interface', `-i wan -p tcp --dport 22 ${target}`, 'warning'],
  ])('taken %s', (_, rule, severity) => expect(of(rule)).toMatchObject([{ severity, cutsAccess: true }]));

  test.each([
    ['another address', `-d 203.0.113.1 -p tcp --dport 22 ${target}`],
    ['another port of its own address', `-d 198.51.100.1 -p tcp --dport 80 ${target}`],
    ['a rule for one client', `-s 192.0.2.7 -p tcp --dport 22 ${target}`],
    ['an interface and an address', `-i wan -d 203.0.113.1 -p tcp --dport 22 ${target}`],
    ['UDP', `-i wan -p udp --dport 22 ${target}`],
  ])('left alone by %s', (_, rule) => expect(of(rule)).toEqual([]));

  test('another port where SSH listens elsewhere', () => {
    const around = { management: { addresses: ['198.51.100.1'], port: 2222 } };
    expect(of(`-d 198.51.100.1 -p tcp --dport 22 ${target}`, around)).toEqual([]);
    expect(of(`-d 198.51.100.1 -p tcp --dport 2222 ${target}`, around)).toMatchObject([{ cutsAccess: true }]);
  });
});

describe('F9 and whoever manages the gateway', () => {
  const management = { addresses: ['198.51.100.1'], port: 2222 };
  const CLOSED = [
    '-P INPUT DROP',
    '-A INPUT -i lo -j ACCEPT',
    '-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
    '-A INPUT -p icmp -j ACCEPT',
    '-A INPUT -p tcp --dport 22 -j ACCEPT',
  ];
  const of = (around: Surroundings, ...more: readonly string[]) =>
    inside(around, ...CLOSED, ...more).filter(({ id }) => id === 'F9');

  test('no rule for the port of SSH', () => {
    expect(of({ management })).toMatchObject([{ severity: 'error', cutsAccess: true, place: { line: 1 } }]);
    expect(of({ management: { ...management, port: 22 } })).toEqual([]);
  });

  test.each([
    '-A INPUT -p tcp --dport 2222 -j ACCEPT',
    '-A INPUT -p tcp -m multiport --dports 443,2000:3000 -j ACCEPT',
    '-A INPUT -s 192.0.2.0/24 -j ACCEPT',
    '-A INPUT -m conntrack --ctstate NEW -p tcp -m set --match-set admins src -j ACCEPT',
    '-A INPUT -j MINE',
  ])('let in by %s', (rule) => expect(of({ management }, rule)).toEqual([]));

  test('nobody is told where it is not known: a part of the rules, another family, a file', () => {
    expect(of({ management, isPartial: true })).toEqual([]);
    expect(of({ management: { addresses: ['2001:db8::1'], port: 2222 } })).toEqual([]);
    expect(of({})).toEqual([]);
  });
});
