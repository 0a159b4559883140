import type { CommandModule } from 'yargs';
import { ProblemsError } from '../../problem.ts';
import { forgetFindings } from '../operations/watch/forget.ts';
import { watchBackends } from '../operations/watch/watch.ts';
import { lockOption } from '../options.ts';
import { forksOf, ownSettings, withSettings } from '../settings.ts';
import { WatchLog } from '../views/watch-log.ts';
import { outputsOf } from './output.ts';
import {
  connectionFlags,
  exitCodes,
  projectOf,
  type RunArguments,
  redactedArgv,
  withRunOptions,
} from './run.ts';

type WatchArguments = RunArguments & {
  readonly once: boolean;
  readonly forget: boolean;
  readonly 'lock-wait': number | undefined;
};

/** `sluice watch`: backends that die leave the rules, and come back when they are well. */
export const watchCommand: CommandModule<object, WatchArguments> = {
  command: 'watch <playbook>',
  describe:
    'Look at the backends of a playbook, and take those that are down out of the rules until they are up again',
  builder: (yargs) =>
    withRunOptions(yargs)
      .option('once', {
        type: 'boolean',
        default: false,
        describe: 'Look until each backend is decided, act if need be, and end: for timers',
      })
      .option('forget', {
        type: 'boolean',
        default: false,
        describe: 'Forget what was found, so that plan and apply leave nobody out for it',
      })
      .options(lockOption)
      .example(
        '$0 watch -i inventories/prod playbooks/edge.yml',
        'until a signal ends it; one line for what happens',
      )
      .example('$0 watch -i prod edge.yml --once', 'from cron or a timer')
      .epilogue(`${exitCodes}\nWhat it looks at, and when it acts: docs/watch.md`),
  handler: async (args) => {
    if (args.once && args.forget)
      throw new ProblemsError([
        { code: 'usage', message: '--once and --forget: which of them?', remedy: 'Write one of the two.' },
      ]);
    const settings = await ownSettings();
    const project = projectOf(args, settings);
    if (args.forget) {
      for (const line of await forgetFindings(project)) process.stdout.write(`${line}\n`);
      return;
    }
    const log = new WatchLog((text) => process.stdout.write(text));
    const run = {
      mode: 'apply',
      onlyDrifted: false,
      outputs: outputsOf(args.output),
      project,
      flags: withSettings(connectionFlags(args), settings.settings),
      forks: forksOf(args, settings.settings),
      takeOver: args['take-over'],
      lockWaitMs: args['lock-wait'] ?? 0,
      isUnattended: true,
      argv: redactedArgv(process.argv.slice(2), args['extra-vars']),
      reason: 'sluice watch',
    } as const;
    process.exitCode = await watchBackends({
      run,
      isOnce: args.once,
      tell: (event) => {
        if (args.json) process.stdout.write(`${JSON.stringify(event)}\n`);
        else if ('seq' in event) log.event(event);
        else log.watch(event);
      },
    });
  },
};
