import type { FleetReport, GatewayStanding } from './fleet-report.ts';

/**
 * The run as metrics, in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/), for the
 * textfile collector of node_exporter. A gateway that could not be judged has no value of what was not seen, rather than 0.
 */
export function formatPrometheus(report: FleetReport): string {
  const run = { command: report.command, playbook: report.playbook };
  const gateways = report.standings().filter(({ state }) => state !== 'not_asked');
  const judged = gateways.filter(({ state }) => JUDGED.has(state));
  const each = (chosen: readonly GatewayStanding[], measure: (one: GatewayStanding) => number | boolean) =>
    chosen.map((one) => ({ labels: { host: one.host, play: one.play }, value: Number(measure(one)) }));
  const one = (value: number) => [{ labels: run, value }];
  const metrics: readonly Metric[] = [
    [
      'run_timestamp_seconds',
      'When the run that wrote this ended, in Unix time.',
      one(report.endedMs / 1000),
    ],
    ['run_duration_seconds', 'How long it took.', one((report.endedMs - report.startedMs) / 1000)],
    [
      'run_exit_code',
      'Its exit code: 0 all is well, 2 failed, 3 drift, 4 unreachable.',
      one(report.exitCode),
    ],
    [
      'gateway_in_compliance',
      'Whether the gateway holds what the play says; absent where nobody could tell.',
      each(judged, ({ state }) => state === 'in_compliance'),
    ],
    ['gateway_drifted_rules', 'Lines by which it differs from the play.', each(judged, ({ lines }) => lines)],
    [
      'gateway_foreign_changes',
      'Lines that came or went by another hand since the last confirmed run.',
      each(judged, ({ byAnotherHand }) => byAnotherHand),
    ],
    [
      'gateway_never_managed',
      'Whether the play was never applied to it.',
      each(judged, ({ state }) => state === 'never_managed'),
    ],
    [
      'gateway_contested',
      'Whether it drifts again and again.',
      each(judged, ({ isContested }) => isContested),
    ],
    [
      'gateway_unreachable',
      'Whether no connection came about.',
      each(gateways, ({ state }) => state === 'unreachable'),
    ],
    [
      'gateway_in_transaction',
      'Whether its lock was held, so that it was not judged.',
      each(gateways, ({ state }) => state === 'in_transaction'),
    ],
  ];
  return metrics.map(formatMetric).join('');
}

const JUDGED: ReadonlySet<string> = new Set(['in_compliance', 'drifted', 'never_managed']);

type Metric = readonly [
  name: string,
  help: string,
  samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[],
];

function formatMetric([name, help, samples]: Metric): string {
  const head = `# HELP sluice_${name} ${help}\n# TYPE sluice_${name} gauge\n`;
  return (
    head + samples.map(({ labels, value }) => `sluice_${name}{${formatLabels(labels)}} ${value}\n`).join('')
  );
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',');
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
