import type { Colours } from './colours.ts';
import { count, listHosts } from './host-list.ts';
import { visible } from './visible.ts';

/** As the operation hands it over. */
export type ShownFinding = {
  readonly id: string;
  readonly severity: 'error' | 'warning' | 'info';
  readonly place: { readonly file: string; readonly line: number };
  readonly message: string;
  readonly fix: string;
  readonly text?: string;
  readonly hosts?: readonly string[];
  readonly cutsAccess?: true;
};

export type ShownLint = {
  readonly findings: readonly ShownFinding[];
  readonly silenced: number;
  readonly unread: readonly { readonly file: string; readonly line: number }[];
  readonly seen: readonly string[];
};

/** Findings as compilers print theirs, and what they amount to. */
export function lintLines(result: ShownLint, colours: Colours): readonly string[] {
  return [
    ...result.findings.flatMap((finding) => findingLines(finding, colours)),
    ...totalLines(result, colours),
  ];
}

function findingLines(finding: ShownFinding, colours: Colours): readonly string[] {
  const { id, severity, place, message, fix, text, hosts = [], cutsAccess } = finding;
  const paint = { error: colours.red, warning: colours.yellow, info: colours.cyan }[severity];
  const cuts = cutsAccess ? `${colours.bold('cuts access: ')}` : '';
  return [
    `${colours.bold(`${place.file}:${place.line}:`)} ${paint(`${severity} ${id}`)} ${cuts}${visible(message)}`,
    ...(text === undefined ? [] : [`    ${colours.dim(visible(text))}`]),
    `    fix: ${fix}`,
    ...(hosts.length === 0 ? [] : [`    on ${listHosts(hosts)}`]),
  ];
}

function totalLines({ findings, silenced, unread, seen }: ShownLint, colours: Colours): readonly string[] {
  const of = (severity: ShownFinding['severity']) =>
    findings.filter((one) => one.severity === severity).length;
  const counts = [
    ...(of('error') > 0 ? [count(of('error'), 'error')] : []),
    ...(of('warning') > 0 ? [count(of('warning'), 'warning')] : []),
    ...(of('info') > 0 ? [`${of('info')} info`] : []),
  ];
  const quiet = silenced === 0 ? '' : `, ${silenced} silenced by comments`;
  const [first] = unread;
  const skipped =
    first === undefined
      ? []
      : [
          `${count(unread.length, 'command')} not read, as only the shell knows their variables: the first in ${first.file}:${first.line}`,
        ];
  const found = counts.length === 0 ? colours.green('No findings') : counts.join(', ');
  const more = findings[0] === undefined ? '' : ` More on one: sluice lint --explain ${findings[0].id}`;
  return [
    ...skipped,
    ...(findings.length === 0 ? [] : ['']),
    `${found}${quiet} in ${seen.join(', ')}.${more}`,
  ];
}
