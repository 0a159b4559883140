import type { CommandModule } from 'yargs';
import { exitCodes, type RunArguments, runWith, withLookOptions } from './run.ts';

type DriftArguments = Omit<RunArguments, 'take-over'>;

/** `sluice drift`: does each gateway hold what a playbook says? */
export const driftCommand: CommandModule<object, DriftArguments> = {
  command: 'drift <playbook>',
  describe:
    'Compare gateways with what a playbook says, and with what was last confirmed there; changes nothing',
  builder: (yargs) =>
    withLookOptions(yargs)
      // It does both anyway.
      .option('check', { alias: 'C', type: 'boolean', hidden: true })
      .option('diff', { alias: 'D', type: 'boolean', hidden: true })
      .example(
        '$0 drift -i inventories/prod playbooks/edge.yml',
        'which gateways differ, in what, and since when?',
      )
      .example(
        '$0 drift -i prod edge.yml --output junit=drift.xml --output prometheus=/var/lib/node_exporter/sluice.prom',
        'for CI and node_exporter',
      )
      .epilogue(`${exitCodes}\nWhat each state means, and what to do then: docs/drift.md`),
  handler: async (args) => {
    const { exitCode } = await runWith({ ...args, 'take-over': false }, { mode: 'drift', diff: true });
    process.exitCode = exitCode;
  },
};
