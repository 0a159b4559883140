import type { CommandModule } from 'yargs';
import { exitCodes, type RunArguments, runWith, withRunOptions } from './run.ts';

/** `sluice plan`: `apply --check --diff`. */
export const planCommand: CommandModule<object, RunArguments & { readonly 'detailed-exitcode': boolean }> = {
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
      .example('$0 plan -i inventories/prod playbooks/edge.yml', 'the rules that would change, per gateway')
      .epilogue(exitCodes),
  handler: async (args) => {
    const { exitCode, wouldChange } = await runWith(args, 'plan', true);
    process.exitCode = exitCode === 0 && wouldChange && args['detailed-exitcode'] ? 3 : exitCode;
  },
};
