import type { CommandModule } from 'yargs';
import { type Problem, ProblemsError } from '../../problem.ts';
import { exitCodes, type RunArguments, runWith, withRunOptions } from './run.ts';

type ApplyArguments = RunArguments & {
  readonly check: boolean;
  readonly diff: boolean;
  readonly 'only-drifted': boolean;
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
      .example('$0 apply -i inventories/prod playbooks/edge.yml', 'roll the playbook out')
      .example('$0 apply -i prod playbooks/edge.yml -l gw-fra-1 --diff', 'one gateway, showing its diff')
      .example('$0 apply -i prod playbooks/edge.yml -C -D', 'what would change?')
      .example('$0 apply -i prod playbooks/edge.yml --only-drifted', 'put right what others changed')
      .epilogue(exitCodes),
  handler: async (args) => {
    const onlyDrifted = args['only-drifted'];
    if (onlyDrifted && args.check) throw new ProblemsError([checksDrift(args.playbook)]);
    const { exitCode } = await runWith(args, args.check ? 'plan' : 'apply', args.diff, onlyDrifted);
    process.exitCode = exitCode;
  },
};

function checksDrift(playbook: string): Problem {
  return {
    code: 'usage',
    message: '--only-drifted and --check: a look finds out what drifted anyway',
    remedy: `Write sluice drift ${playbook}`,
  };
}
