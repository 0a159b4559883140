import type { CommandModule } from 'yargs';
import { reasonOption } from '../options.ts';
import { exitCodes, type RunArguments, runWith, withRunOptions } from './run.ts';

type ApplyArguments = RunArguments & {
  readonly check: boolean;
  readonly diff: boolean;
  readonly reason: string | undefined;
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
      .option('diff', { alias: 'D', type: 'boolean', default: false, describe: 'Show the rules that change' })
      .options(reasonOption)
      .example('$0 apply -i inventories/prod playbooks/edge.yml', 'roll the playbook out')
      .example('$0 apply -i prod playbooks/edge.yml -l gw-fra-1 --diff', 'one gateway, showing its diff')
      .example('$0 apply -i prod playbooks/edge.yml -C -D', 'what would change?')
      .epilogue(exitCodes),
  handler: async (args) => {
    const { exitCode } = await runWith(args, args.check ? 'plan' : 'apply', args.diff);
    process.exitCode = exitCode;
  },
};
