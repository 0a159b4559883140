import type { CommandModule } from 'yargs';
import { type Problem, ProblemsError } from '../../problem.ts';
import { readPlanFile } from '../operations/plan-file.ts';
import { lockOption, reasonOption } from '../options.ts';
import { exitCodes, type RunArguments, runWith, withRunOptions } from './run.ts';

type ApplyArguments = RunArguments & {
  readonly check: boolean;
  readonly diff: boolean;
  readonly reason: string | undefined;
  readonly 'only-drifted': boolean;
  readonly 'lock-wait': number | undefined;
};

/** `sluice apply`: brings the fleet to what a playbook says. */
export const applyCommand: CommandModule<object, ApplyArguments> = {
  command: 'apply <playbook>',
  describe:
    'Bring gateways to what a playbook says: canary first, then waves; each is checked, and taken back if it fails',
  builder: (yargs) =>
    withRunOptions(yargs)
      .option('check', {
        alias: 'C',
        type: 'boolean',
        default: false,
        describe: 'Change nothing; say what would change',
      })
      .option('only-drifted', {
        type: 'boolean',
        default: false,
        describe:
          'Compare all gateways first, and change only those that drifted; neither new nor contested ones',
      })
      .option('diff', { alias: 'D', type: 'boolean', default: false, describe: 'Show the rules that change' })
      .options(reasonOption)
      .options(lockOption)
      .example('$0 apply -i inventories/prod playbooks/edge.yml', 'roll the playbook out')
      .example('$0 apply -i prod playbooks/edge.yml -l gw-fra-1 --diff', 'one gateway, showing its diff')
      .example('$0 apply -i prod playbooks/edge.yml -C -D', 'what would change?')
      .example('$0 apply -i prod playbooks/edge.yml --only-drifted', 'put right what others changed')
      .example('$0 apply edge.plan', 'what sluice plan --out edge.plan saved, as long as it holds')
      .epilogue(exitCodes),
  handler: async (args) => {
    const { diff, reason, 'only-drifted': onlyDrifted, 'lock-wait': lockWaitMs } = args;
    if (onlyDrifted && args.check) throw new ProblemsError([checksDrift(args.playbook)]);
    const savedPlan = await readPlanFile(args.playbook);
    if (savedPlan !== undefined) refuseFlags(args);
    const mode = args.check ? 'plan' : 'apply';
    const { exitCode } = await runWith(args, { mode, diff, savedPlan, reason, onlyDrifted, lockWaitMs });
    process.exitCode = exitCode;
  },
};

/** What a plan says itself can't be said beside it. */
function refuseFlags(args: ApplyArguments): void {
  const typed = {
    '--inventory': args.inventory.length > 0,
    '--extra-vars': args['extra-vars'].length > 0,
    '--tags': args.tags !== undefined,
    '--skip-tags': args['skip-tags'] !== undefined,
    '--take-over': args['take-over'],
    '--only-drifted': args['only-drifted'],
  };
  const problems = Object.entries(typed).flatMap(([flag, isTyped]) =>
    isTyped
      ? [
          {
            code: 'flag-with-plan',
            message: `${flag} makes no sense with a saved plan: it is part of what was planned`,
            remedy: `Leave it out, or make another plan with it: sluice plan PLAYBOOK ${flag} … --out FILE.`,
          },
        ]
      : [],
  );
  if (problems.length > 0) throw new ProblemsError(problems);
}

function checksDrift(playbook: string): Problem {
  return {
    code: 'usage',
    message: '--only-drifted and --check: a look finds out what drifted anyway',
    remedy: `Write sluice drift ${playbook}`,
  };
}
