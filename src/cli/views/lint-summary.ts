import type { LintedLine } from '../../rollout/events.ts';
import type { Colours } from './colours.ts';
import { count } from './host-list.ts';

/** Findings shown one by one; of more there is only the number. */
const MOST = 5;

/** What lint found, in few lines before a run: what takes the operator's access first and in full, notes as a number only. */
export function lintSummary(findings: readonly LintedLine[], colours: Colours): readonly string[] {
  const cutting = findings.filter(({ cutsAccess }) => cutsAccess === true);
  const others = findings.filter(({ cutsAccess, severity }) => cutsAccess !== true && severity !== 'info');
  const ranked = [...others.filter(isError), ...others.filter((one) => !isError(one))];
  const shown = ranked.slice(0, Math.max(0, MOST - cutting.length));
  return [
    colours.magenta(`[LINT]: ${countsOf(findings)}; sluice lint tells more of each`),
    ...cutting.map((one) => colours.bold(colours.red(`    ${lineOf(one)} (THIS MAY CUT YOUR ACCESS)`))),
    ...shown.map((one) => (isError(one) ? colours.red : colours.yellow)(`    ${lineOf(one)}`)),
    ...(ranked.length > shown.length ? [`    … and ${ranked.length - shown.length} more`] : []),
  ];
}

function isError({ severity }: LintedLine): boolean {
  return severity === 'error';
}

function lineOf({ file, line, id, severity, message, hosts }: LintedLine): string {
  const where = hosts > 1 ? ` (${count(hosts, 'host')})` : '';
  return `${file}:${line}: ${severity} ${id}: ${message}${where}`;
}

/** `1 error, 2 warnings (F2 ×2, N1)`. */
function countsOf(findings: readonly LintedLine[]): string {
  const of = (severity: LintedLine['severity']) => findings.filter((one) => one.severity === severity).length;
  const counts = [
    ...(of('error') > 0 ? [count(of('error'), 'error')] : []),
    ...(of('warning') > 0 ? [count(of('warning'), 'warning')] : []),
    ...(of('info') > 0 ? [count(of('info'), 'note')] : []),
  ];
  const ids = new Map<string, number>();
  for (const { id } of findings) ids.set(id, (ids.get(id) ?? 0) + 1);
  const named = [...ids].sort().map(([id, times]) => (times === 1 ? id : `${id} ×${times}`));
  return `${counts.join(', ')} (${named.join(', ')})`;
}
