import type { Argv, CommandModule, InferredOptionTypes } from 'yargs';
import { handAnswer } from '../operations/answer.ts';
import { resumeRun, type Said } from '../operations/resume.ts';
import { connectionOptions, lockOption, varsOptions, vaultOptions, viewOptions } from '../options.ts';
import { withSettings } from '../settings.ts';
import { text } from '../values.ts';
import { sinceResumed } from '../views/since-resumed.ts';
import { outputOption } from './output.ts';
import { connectionFlags, exitCodes, runShown } from './run.ts';
import { vaultOf } from './vault.ts';

const options = {
  ...varsOptions,
  ...vaultOptions,
  ...connectionOptions,
  ...viewOptions,
  ...outputOption,
  ...lockOption,
  diff: { alias: 'D', type: 'boolean', default: false, describe: 'Show the rules that change' },
  'accept-changes': {
    type: 'boolean',
    default: false,
    describe: "Go on with what today's files say, where they changed since the run began",
  },
} as const;

type ResumeArguments = InferredOptionTypes<typeof options> & { readonly run: string };
type ApproveArguments = ResumeArguments & { readonly pause: string | undefined };

/** `sluice resume`: goes on with a run that was killed, interrupted, or waits. */
export const resumeCommand: CommandModule<object, ResumeArguments> = {
  command: 'resume <run>',
  describe:
    'Go on with an apply that was killed or interrupted, by the same decisions; asks the gateways that were in flight how they ended',
  builder: (yargs) =>
    withResumeOptions(yargs)
      .example('$0 resume latest', 'the last run')
      .example('$0 resume 20261121T0245 -e @secrets.yml', 'one that was given variables')
      .epilogue(exitCodes),
  handler: async (args) => resumeWith(args, undefined),
};

/** `sluice approve`: a run that pauses goes on. */
export const approveCommand: CommandModule<object, ApproveArguments> = {
  command: 'approve <run> [pause]',
  describe: 'Approve a run that pauses: the process that asks goes on, or else this one does',
  builder: (yargs) =>
    withResumeOptions(yargs)
      .positional('pause', {
        type: 'string',
        coerce: text('pause'),
        describe: 'Which of its pauses is meant, from the second one on: its number, or its name in --json',
      })
      .example('$0 approve latest', 'the last run, at its first pause')
      .example('$0 approve latest 2', 'at its second one')
      .epilogue(exitCodes),
  handler: async ({ pause, ...args }) => {
    return answerWith(args, { word: 'approve', ...(pause === undefined ? {} : { pause }) });
  },
};

/** `sluice abort`: a run that pauses is taken back. */
export const abortCommand: CommandModule<object, ResumeArguments> = {
  command: 'abort <run>',
  describe: 'Abort a run that pauses: everything that it changed is taken back, the newest change first',
  builder: (yargs) => withResumeOptions(yargs).example('$0 abort latest', 'the last run').epilogue(exitCodes),
  handler: async (args) => answerWith(args, { word: 'abort' }),
};

function withResumeOptions(yargs: Argv<object>) {
  return yargs
    .positional('run', {
      type: 'string',
      demandOption: true,
      describe: 'A name or a part of it, latest, @1 for the one before it',
    })
    .options(options);
}

async function answerWith(args: ResumeArguments, answer: Said): Promise<void> {
  const handed = await handAnswer(process.cwd(), args.run, answer);
  if (handed.kind === 'nobody-there') return resumeWith(args, answer);
  const isApproved = answer.word === 'approve';
  const done = isApproved ? 'Approved' : 'Aborted';
  const what =
    handed.kind === 'heard'
      ? `${handed.process} ${isApproved ? 'goes on' : 'takes everything back'}`
      : `${handed.process} has not heard of it yet; if it lives no more, sluice resume ${handed.run} goes on there`;
  process.stderr.write(`${done}: ${what}. sluice history ${handed.run} shows it.\n`);
}

async function resumeWith(args: ResumeArguments, answer: Said | undefined): Promise<void> {
  const { outputs, settings, kind, view } = await runShown(args, args.diff);
  const { exitCode } = await resumeRun({
    run: args.run,
    ...(answer === undefined ? {} : { answer }),
    acceptsChanges: args['accept-changes'],
    typed: {
      extraVars: args['extra-vars'],
      vault: vaultOf(args, settings.settings),
      cwd: process.cwd(),
      settings,
    },
    flags: withSettings(connectionFlags(args), settings.settings),
    forks: args.forks,
    lockWaitMs: args['lock-wait'] ?? 0,
    outputs,
    isUnattended: kind === 'json',
    // A program has read what came before.
    view: kind === 'json' ? sinceResumed(view) : view,
  });
  process.exitCode = exitCode;
}
