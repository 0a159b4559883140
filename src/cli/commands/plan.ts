import type { CommandModule } from 'yargs';
import { type Problem, ProblemsError } from '../../problem.ts';
import { readPlanFile } from '../operations/plan-file.ts';
import { planWavesOf } from '../operations/waves.ts';
import { ownSettings, withSettings } from '../settings.ts';
import { text } from '../values.ts';
import { connectionFlags, exitCodes, projectOf, type RunArguments, runWith, withRunOptions } from './run.ts';
import { wavesLines } from './waves-lines.ts';

type PlanArguments = RunArguments & {
  readonly 'detailed-exitcode': boolean;
  readonly out?: string | undefined;
  readonly waves: boolean;
};

/** `sluice plan`: `apply --check --diff`. */
export const planCommand: CommandModule<object, PlanArguments> = {
  command: 'plan <playbook>',
  describe: 'Show what apply would change on each gateway; changes nothing',
  builder: (yargs) =>
    withRunOptions(yargs)
      // It does both anyway; who types them out of habit is right.
      .option('check', { alias: 'C', type: 'boolean', hidden: true })
      .option('diff', { alias: 'D', type: 'boolean', hidden: true })
      .option('detailed-exitcode', {
        type: 'boolean',
        default: false,
        describe: 'Exit with 3 where anything would change',
      })
      .option('out', {
        type: 'string',
        requiresArg: true,
        coerce: text('--out'),
        describe: 'Save the plan in this file: sluice apply FILE does exactly that, or nothing',
      })
      .option('waves', {
        type: 'boolean',
        default: false,
        describe: 'Show only who goes when, and why; connects to nobody',
      })
      .example('$0 plan edge.yml --waves', 'the canary and the waves after it')
      .example('$0 plan -i inventories/prod playbooks/edge.yml', 'the rules that would change, per gateway')
      .example(
        '$0 plan edge.yml --out edge.plan && $0 apply edge.plan',
        'apply what was looked at, or nothing',
      )
      .epilogue(exitCodes),
  handler: async (args) => {
    const { out } = args;
    if ((await readPlanFile(args.playbook)) !== undefined) throw new ProblemsError([isPlan(args.playbook)]);
    if (args.waves && out !== undefined) throw new ProblemsError([nothingToSave]);
    if (args.waves) return showWaves(args);
    const { exitCode, wouldChange } = await runWith(args, { mode: 'plan', diff: true, out });
    // On stderr: stdout is for programs where --json is given.
    if (out !== undefined) process.stderr.write(exitCode === 0 ? savedWords(out) : notSavedWords(out));
    process.exitCode = exitCode === 0 && wouldChange && args['detailed-exitcode'] ? 3 : exitCode;
  },
};

const nothingToSave: Problem = {
  code: 'usage',
  message: '--waves and --out: who goes when is shown from files alone, and a plan is what gateways say',
  remedy: 'Leave out one of them.',
};

async function showWaves(args: PlanArguments): Promise<void> {
  const settings = await ownSettings();
  const flags = withSettings(connectionFlags(args), settings.settings);
  const plays = await planWavesOf(projectOf(args, settings), flags);
  const columns = process.stdout.columns ?? 79;
  const lines = plays.flatMap((play) => wavesLines(play, columns)).slice(1);
  process.stdout.write(args.json ? `${JSON.stringify(plays, undefined, 2)}\n` : `${lines.join('\n')}\n`);
}

function savedWords(out: string): string {
  return `Saved. To do exactly this: sluice apply ${out}\n`;
}

function notSavedWords(out: string): string {
  return `${out} was not written: a plan that doesn't know every gateway is none. Mend them, or leave them out with --limit.\n`;
}

function isPlan(file: string): Problem {
  return {
    code: 'is-a-plan',
    file,
    message: 'this is a saved plan, not a playbook',
    remedy: `sluice apply ${file} applies it; sluice apply ${file} --check says whether it still holds.`,
  };
}
