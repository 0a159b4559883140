import { formatProblem } from '../../problem.ts';
import type { FleetReport, GatewayStanding } from './fleet-report.ts';

/**
 * The run as JUnit's XML, as CI servers read it: a suite a play, a test case a gateway. A gateway that doesn't hold what the play
 * says, or whose change was taken back, failed; one that could not be judged is an error; one that nobody asked was skipped.
 */
export function formatJUnit(report: FleetReport): string {
  const standings = report.standings();
  const plays = [...new Set(standings.map(({ play }) => play))];
  const suites = plays.map((play) =>
    formatSuite(
      report,
      play,
      standings.filter((standing) => standing.play === play),
    ),
  );
  const name = `sluice ${report.command} ${report.playbook}`;
  const seconds = (report.endedMs - report.startedMs) / 1000;
  const totals = countsOf(standings);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ name, ...totals, time: seconds.toFixed(3) })}>`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function formatSuite(report: FleetReport, play: string, standings: readonly GatewayStanding[]): string {
  const seconds = standings.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0) / 1000;
  const head = attributes({
    name: report.nameOf(play),
    ...countsOf(standings),
    time: seconds.toFixed(3),
    timestamp: new Date(report.startedMs).toISOString().slice(0, 19),
  });
  const cases = standings.map((standing) => formatCase(report, standing));
  return [`  <testsuite ${head}>`, ...cases, '  </testsuite>'].join('\n');
}

function formatCase(report: FleetReport, standing: GatewayStanding): string {
  const { host, play, elapsedMs } = standing;
  const classname = `sluice.${report.command}.${play}`;
  const head = attributes({ classname, name: host, time: (elapsedMs / 1000).toFixed(3) });
  const verdict = verdictOf(standing);
  if (verdict.kind === 'passed') return `    <testcase ${head}/>`;
  const { kind, message, text } = verdict;
  const type = kind === 'skipped' ? {} : { type: standing.state };
  const body = text === '' ? '/>' : `>${xmlText(text)}</${kind}>`;
  return `    <testcase ${head}>\n      <${kind} ${attributes({ message, ...type })}${body}\n    </testcase>`;
}

type Verdict =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failure' | 'error' | 'skipped'; readonly message: string; readonly text: string };

function verdictOf(standing: GatewayStanding): Verdict {
  const { state, outcome, lines, byAnotherHand } = standing;
  // A verify compares no rules: all checks of the host passed.
  const isVerified = state === 'unknown' && outcome?.kind === 'ok';
  if (state === 'in_compliance' || isVerified) return { kind: 'passed' };
  if (state === 'not_asked') return { kind: 'skipped', message: 'not started', text: '' };
  // Once told, what failed says more than how it stood before.
  if (outcome !== undefined && 'problem' in outcome) {
    const { host: _, ...problem } = outcome.problem;
    const kind = outcome.kind === 'rolled_back' || outcome.kind === 'interrupted' ? 'failure' : 'error';
    return { kind, message: problem.message, text: formatProblem(problem) };
  }
  const text = [...standing.notes.map((note) => `${note}\n`), standing.drift, standing.diff].join('');
  if (state === 'never_managed') return { kind: 'failure', message: `never managed: ${differ(lines)}`, text };
  const hand = byAnotherHand === 0 ? '' : `, ${byAnotherHand} came or went by another hand`;
  const contested = standing.isContested ? '; contested' : '';
  return { kind: 'failure', message: `drifted: ${differ(lines)}${hand}${contested}`, text };
}

function differ(lines: number): string {
  return lines === 1 ? '1 line differs' : `${lines} lines differ`;
}

function countsOf(standings: readonly GatewayStanding[]) {
  const kinds = standings.map((standing) => verdictOf(standing).kind);
  const count = (kind: Verdict['kind']) => kinds.filter((one) => one === kind).length;
  return {
    tests: kinds.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
  };
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${xmlText(String(value)).replaceAll('\n', '&#10;')}"`)
    .join(' ');
}

/** Characters that no XML 1.0 document may hold, however written, become `?`. */
function xmlText(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
