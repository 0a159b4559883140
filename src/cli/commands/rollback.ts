import type { CommandModule, InferredOptionTypes } from 'yargs';
import { ProblemsError } from '../../problem.ts';
import { confirmOnTerminal, hasTerminal } from '../operations/ask.ts';
import { rollBack } from '../operations/rollback.ts';
import {
  connectionOptions,
  inventoryOption,
  lockOption,
  reasonOption,
  varsOptions,
  vaultOptions,
  viewOptions,
} from '../options.ts';
import { text } from '../values.ts';
import { chooseView } from '../views/choose.ts';
import { systemClock } from '../views/clock.ts';
import { createView } from '../views/create.ts';
import { hostsRequest } from './hosts.ts';
import { exitCodes, redactedArgv } from './run.ts';

const options = {
  ...inventoryOption,
  ...varsOptions,
  ...vaultOptions,
  ...connectionOptions,
  ...viewOptions,
  ...reasonOption,
  ...lockOption,
  to: {
    type: 'string',
    demandOption: true,
    requiresArg: true,
    coerce: text('--to'),
    describe: 'The run whose end to go back to: its name or a part of it, latest, @1 for the one before it',
  },
  check: {
    alias: 'C',
    type: 'boolean',
    default: false,
    describe: 'Change nothing; say what would change',
  },
  yes: { alias: 'y', type: 'boolean', default: false, describe: "Don't ask" },
} as const;

/** `sluice rollback`: brings gateways back to what they held once a run was done. */
export const rollbackCommand: CommandModule<object, InferredOptionTypes<typeof options>> = {
  command: 'rollback',
  describe:
    'Bring gateways back to what they held once a run was done: shows what would change, asks, then rolls it out as apply does',
  builder: (yargs) =>
    yargs
      .options(options)
      .example('$0 rollback -i prod --to @1', 'to what was before the latest run')
      .example('$0 rollback -i prod --to 20261121T0245 -l gw-fra-1 -C', 'what would change on one gateway?')
      .epilogue(exitCodes),
  handler: async (args) => {
    if (!args.check && !args.yes) {
      if (args.json) throw new ProblemsError([nothingAsked]);
      if (!hasTerminal()) throw new ProblemsError([nobodyToAsk]);
    }
    const { progress, json, verbose } = args;
    const choice = chooseView({ progress, json, env: process.env, stream: process.stdout });
    // The plan shows each diff; so the run need not. A program reads one stream: that of the run, or of the look where that is all.
    const isSilent = (step: 'look' | 'run') => step === 'look' && json && !args.check;
    const { exitCode } = await rollBack({
      ...(await hostsRequest({ ...args, pattern: 'all' })),
      to: args.to,
      isCheck: args.check,
      reason: args.reason,
      lockWaitMs: args['lock-wait'] ?? 0,
      argv: redactedArgv(process.argv.slice(2), args['extra-vars']),
      view: (step) =>
        isSilent(step)
          ? { event: () => undefined, close: () => undefined }
          : createView(
              choice.kind,
              { stream: process.stdout, colour: choice.colour, verbosity: verbose, diff: step === 'look' },
              systemClock,
            ),
      approve: async (question) => {
        const isApproved = args.yes || (await confirmOnTerminal(question));
        if (!isApproved) process.stderr.write('Nothing was changed: the answer was not yes.\n');
        return isApproved;
      },
    });
    process.exitCode = exitCode;
  },
};

const nothingAsked = {
  code: 'nobody-to-ask',
  message: 'a rollback asks before it changes anything, and with --json nobody is asked',
  remedy: 'Look with --check --json first; then --yes --json goes ahead without asking.',
};

const nobodyToAsk = {
  code: 'nobody-to-ask',
  message: 'a rollback asks before it changes anything, and there is no terminal to ask on',
  remedy: 'Look with --check first; then --yes goes ahead without asking.',
};
