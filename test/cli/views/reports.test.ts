import { describe, expect, test } from 'vitest';
import { FleetReport } from '../../../src/cli/views/fleet-report.ts';
import { formatJUnit } from '../../../src/cli/views/junit.ts';
import { formatPrometheus } from '../../../src/cli/views/prometheus.ts';
import type { ComparedState, EventBody } from '../../../src/rollout/events.ts';
import type { Outcome } from '../../../src/rollout/outcome.ts';
import { readMetrics } from './metrics.ts';
import * as sessions from './sessions.ts';
import { readXml } from './xml.ts';

const NASTY = 'gw"9\\<&>\n\u0007';

type End = Partial<Extract<Outcome, { problem: unknown }>> | { readonly kind: Outcome['kind'] };

/** A run in which each host is compared and ends. */
function reportOf(
  command: 'apply' | 'drift',
  hosts: Readonly<Record<string, readonly [ComparedState, End, Partial<Compared>?]>>,
): FleetReport {
  const names = Object.keys(hosts);
  const session = new sessions.Session().start(command, names, []);
  session.emit({ type: 'plan.diff', id: 'd1', text: `-A INPUT -m comment --comment "a<b&c]]>\u001b[0m"\n` });
  for (const [host, [state, end, more = {}]] of Object.entries(hosts)) {
    const ref = { host, play: 'edge', wave: 1, attempt: 1 };
    session.emit({ type: 'host.started', ...ref }).wait(0.5);
    const nothing = { added: 0, removed: 0, isPlaybookNewer: false, notes: [] };
    session.emit({ type: 'host.compared', ...ref, state, ...nothing, ...more });
    if (command === 'apply' && end.kind !== 'failed')
      session.emit({ type: 'host.planned', ...ref, added: 1, removed: 0, notes: [] });
    session.finish(host, 1, { host, attempt: 1, ...end } as Outcome);
  }
  const report = new FleetReport();
  for (const event of session.end(3)) report.observe(event);
  return report;
}

type Compared = Extract<EventBody, { type: 'host.compared' }>;
const problem = { code: 'x', message: 'it said <no>', remedy: 'Look.' };
const drifted = {
  added: 2,
  removed: 1,
  drift: 'd1',
  byAnotherHand: { came: ['x'], went: [], moved: [], lines: 3 },
};

const fleet = reportOf('drift', {
  good: ['in_compliance', { kind: 'ok' }],
  off: ['drifted', { kind: 'changed' }, drifted],
  fought: ['drifted', { kind: 'changed' }, { ...drifted, contest: { mended: 3, runs: 4, rules: ['x'] } }],
  fresh: ['never_managed', { kind: 'changed' }, { added: 9 }],
  busy: ['in_transaction', { kind: 'failed', problem }],
  away: ['unreachable', { kind: 'unreachable', problem }],
  [NASTY]: ['unknown', { kind: 'failed', problem }],
});

describe('JUnit', () => {
  const xml = readXml(formatJUnit(fleet));
  const [suite] = xml.children;
  const cases = (suite?.children ?? []).map(({ attributes, children }) => {
    const [verdict] = children;
    return [attributes.name, verdict?.name ?? 'passed', verdict?.attributes.message ?? ''];
  });

  test('is a suite a play and a case a gateway', () => {
    expect(xml.attributes).toMatchObject({
      name: 'sluice drift edge.yml',
      tests: '7',
      failures: '3',
      errors: '3',
      skipped: '0',
    });
    expect(suite?.attributes).toMatchObject({
      name: 'Edge load balancers',
      timestamp: '2026-03-02T12:00:00',
      time: '3.500',
    });
    expect(cases).toEqual([
      ['good', 'passed', ''],
      ['off', 'failure', 'drifted: 3 lines differ, 3 came or went by another hand'],
      ['fought', 'failure', 'drifted: 3 lines differ, 3 came or went by another hand; contested'],
      ['fresh', 'failure', 'never managed: 9 lines differ'],
      ['busy', 'error', 'it said <no>'],
      ['away', 'error', 'it said <no>'],
      ['gw"9\\<&>\n?', 'error', 'it said <no>'],
    ]);
  });

  test('has the diffs, whatever stands in them', () => {
    expect(suite?.children[1]?.children[0]?.text).toBe('-A INPUT -m comment --comment "a<b&c]]>?[0m"\n');
  });

  test.each([
    ['canaryRollsBack', sessions.canaryRollsBack()],
    ['waveTakenBack', sessions.waveTakenBack()],
    ['interrupted', sessions.interrupted()],
    ['threeUnreachable', sessions.threeUnreachable()],
    ['driftOfSix', sessions.driftOfSix()],
  ])('can be read of the run %s, whose numbers add up', (_, events) => {
    const report = new FleetReport();
    for (const event of events) report.observe(event);
    const { attributes, children } = readXml(formatJUnit(report));
    const all = children.flatMap((one) => one.children);
    expect(Number(attributes.tests)).toBe(all.length);
    for (const kind of ['failure', 'error', 'skipped'] as const) {
      const key = kind === 'skipped' ? 'skipped' : `${kind}s`;
      expect(Number(attributes[key])).toBe(
        all.filter(({ children: [verdict] }) => verdict?.name === kind).length,
      );
    }
    readMetrics(formatPrometheus(report));
  });
});

describe('Prometheus', () => {
  const metrics = readMetrics(formatPrometheus(fleet));
  const value = (name: string, host: string) =>
    metrics.get(`sluice_gateway_${name}{host="${host}",play="edge"}`);

  test.each([
    ['in_compliance', 'good', 1],
    ['in_compliance', 'off', 0],
    ['in_compliance', 'busy', undefined],
    ['in_compliance', 'away', undefined],
    ['drifted_rules', 'off', 3],
    ['drifted_rules', 'good', 0],
    ['foreign_changes', 'off', 3],
    ['contested', 'fought', 1],
    ['contested', 'off', 0],
    ['never_managed', 'fresh', 1],
    ['in_transaction', 'busy', 1],
    ['unreachable', 'away', 1],
    ['unreachable', 'good', 0],
    ['unreachable', 'gw\\"9\\\\<&>\\n\u0007', 0],
  ])('%s of %s is %s', (name, host, expected) => expect(value(name, host)).toBe(expected));

  test('says when the run ended, and how', () => {
    const run = '{command="drift",playbook="edge.yml"}';
    expect(metrics.get(`sluice_run_timestamp_seconds${run}`)).toBe(
      Date.parse('2026-03-02T12:00:03.500Z') / 1000,
    );
    expect(metrics.get(`sluice_run_exit_code${run}`)).toBe(3);
  });
});

test('after an apply, what counts is how it ended', () => {
  const report = reportOf('apply', {
    mended: ['drifted', { kind: 'changed' }, drifted],
    back: ['drifted', { kind: 'rolled_back', problem }, drifted],
    refused: ['drifted', { kind: 'failed', problem }, drifted],
  });
  const states = Object.fromEntries(report.standings().map(({ host, state }) => [host, state]));
  expect(states).toEqual({ mended: 'in_compliance', back: 'drifted', refused: 'drifted' });
  expect(readXml(formatJUnit(report)).attributes).toMatchObject({ failures: '1', errors: '1' });
});

test('of a verify, a host passed whose checks all did', () => {
  const session = new sessions.Session().start('verify', ['good', 'bad'], []);
  for (const host of ['good', 'bad']) {
    session.emit({ type: 'host.started', host, play: 'edge', wave: 1, attempt: 1 });
    const end: Outcome =
      host === 'good' ? { host, attempt: 1, kind: 'ok' } : { host, attempt: 1, kind: 'failed', problem };
    session.finish(host, 1, end);
  }
  const report = new FleetReport();
  for (const event of session.end(2)) report.observe(event);
  const [suite] = readXml(formatJUnit(report)).children;
  expect(suite?.children.map(({ attributes, children }) => [attributes.name, children.length])).toEqual([
    ['good', 0],
    ['bad', 1],
  ]);
});
