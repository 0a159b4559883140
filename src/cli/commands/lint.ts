import type { CommandModule, InferredOptionTypes, Options } from 'yargs';
import { LINTS, lintOf } from '../../analysis/lint/checks.ts';
import { explain, listLints } from '../../analysis/lint/explain.ts';
import type { Lint, Severity } from '../../analysis/lint/model.ts';
import { didYouMean } from '../../inventory/suggestion.ts';
import { type Problem, ProblemsError } from '../../problem.ts';
import { type LintResult, lintAll, type Told } from '../operations/lint.ts';
import { version } from '../operations/version.ts';
import { inventoryOption, tagOptions, varsOptions, vaultOptions } from '../options.ts';
import { ownSettings } from '../settings.ts';
import { choice } from '../values.ts';
import { lintLines } from '../views/lint-text.ts';
import { sarifLog } from '../views/sarif.ts';
import { formatWarning } from '../warning.ts';
import { stdoutColours } from './hosts.ts';
import { tagChoice } from './run.ts';
import { vaultOf } from './vault.ts';

const FAIL_ON = ['error', 'warning', 'info', 'never'] as const;
type FailOn = (typeof FAIL_ON)[number];

const options = {
  ...inventoryOption,
  ...varsOptions,
  ...vaultOptions,
  ...tagOptions,
  json: { type: 'boolean', default: false, describe: 'Print one JSON object' },
  sarif: { type: 'boolean', default: false, describe: 'Print a SARIF 2.1.0 log' },
  'fail-on': {
    choices: FAIL_ON,
    default: 'error' as const,
    requiresArg: true,
    coerce: choice<FailOn>('--fail-on'),
    describe: 'Exit with 3 where anything this grave is found',
  },
  explain: {
    type: 'string',
    describe: 'Print the page of one id, or list all of them; lints nothing',
  },
} as const satisfies Record<string, Options>;

type LintArguments = InferredOptionTypes<typeof options> & { readonly files?: readonly string[] | undefined };

/** `sluice lint`: known mistakes in what gateways would get, and in the files that one has. */
export const lintCommand: CommandModule<object, LintArguments> = {
  command: 'lint [files..]',
  describe: 'Look for known mistakes in rules: of playbooks, per host; of rules files and scripts; offline',
  builder: (yargs) =>
    yargs
      .positional('files', {
        type: 'string',
        array: true,
        describe:
          'Playbooks (.yml), iptables-save output, scripts of iptables commands, - for stdin (playbooks/*.yml)',
      })
      .options(options)
      .example('$0 lint edge.yml', 'what its hosts would get')
      .example('iptables-save | $0 lint -', 'what this machine has')
      .example('$0 lint --explain LB1', 'why, with example and fix')
      .epilogue(
        'Exit codes: 0 nothing as grave as --fail-on (warnings alone are 0 unless it says so); 1 could not run; 3 findings. ' +
          'A line "# sluice: allow ID why" before a rule silences one id there.',
      ),
  handler: async (args) => {
    if (args.explain !== undefined) {
      process.stdout.write(pageOf(args.explain));
      return;
    }
    if (args.json && args.sarif) throw new ProblemsError([twoFormats]);
    const settings = await ownSettings();
    const result = await lintAll({
      names: [...(args.files ?? []), ...(readsStdin(process.argv) ? ['-'] : [])],
      project: {
        inventory: args.inventory,
        limit: args.limit,
        extraVars: args['extra-vars'],
        tags: tagChoice(args),
        vault: vaultOf(args, settings.settings),
        cwd: process.cwd(),
        settings,
      },
      stdin: process.stdin,
    });
    for (const warning of result.warnings) process.stderr.write(formatWarning(warning));
    process.stdout.write(shown(result, args));
    if (result.findings.some(({ severity }) => isGrave(severity, args['fail-on']))) process.exitCode = 3;
  },
};

const twoFormats: Problem = {
  code: 'usage',
  message: '--json and --sarif: stdout can hold one of them',
  remedy: 'Leave out one.',
};

/** yargs loses a "-" among several positionals. */
function readsStdin(argv: readonly string[]): boolean {
  return argv.slice(2).includes('-');
}

function shown(result: LintResult, { json, sarif }: LintArguments): string {
  const { findings, silenced, unread, seen } = result;
  if (sarif) return `${JSON.stringify(sarifLog(findings, LINTS.map(ruleOf), version), undefined, 2)}\n`;
  if (json)
    return `${JSON.stringify({ findings: findings.map(flat), silenced, unread, seen }, undefined, 2)}\n`;
  return `${lintLines(result, stdoutColours()).join('\n')}\n`;
}

function flat({ place, ...rest }: Told): object {
  return { ...place, ...rest };
}

function ruleOf(lint: Lint) {
  const { id, severity, title, why, fix } = lint;
  return { id, severity, title, why, fix, page: explain(lint) };
}

function isGrave(severity: Severity, failOn: FailOn): boolean {
  const order: readonly string[] = FAIL_ON;
  return order.indexOf(severity) <= order.indexOf(failOn) && failOn !== 'never';
}

function pageOf(id: string): string {
  if (id === '') return listLints();
  const lint = lintOf(id);
  if (lint !== undefined) return explain(lint);
  const ids = LINTS.map((one) => one.id);
  throw new ProblemsError([
    {
      code: 'usage',
      message: `--explain ${id}: there is no such id`,
      remedy: `${didYouMean(id.toUpperCase(), ids)}Ids are ${ids.join(', ')}.`,
    },
  ]);
}
