import { realpathSync } from 'node:fs';
import type { Argv, CommandModule, InferredOptionTypes } from 'yargs';
import { ProblemsError } from '../../problem.ts';
import { parseDelay } from '../../schedule/interval.ts';
import { isScheduleName } from '../../schedule/model.ts';
import { unitNames } from '../../schedule/units.ts';
import { describeSchedule } from '../operations/schedule/describe.ts';
import { removeUnits } from '../operations/schedule/install.ts';
import { findSchedule, findSchedules, isSystemdRunning, knownPlaces } from '../operations/schedule/places.ts';
import { runScheduled } from '../operations/schedule/run.ts';
import { systemctl } from '../operations/schedule/systemctl.ts';
import { scheduleInstallCommand, unitDirOption } from './schedule-install.ts';

/** `sluice schedule`: drift is looked for, or ended, at intervals. */
export const scheduleCommand: CommandModule = {
  command: 'schedule',
  describe: 'Look for drift at intervals, or end it, by timers of systemd or by cron',
  builder: (yargs: Argv) =>
    yargs
      .command(scheduleInstallCommand)
      .command(listCommand)
      .command(runCommand)
      .command(removeCommand)
      .demandCommand(1, 'Say what to do with schedules: install, list, run or remove.'),
  handler: () => undefined,
};

export const scheduleSynopses = [
  'schedule install <playbook>',
  'schedule list',
  'schedule run <name> [command..]',
  'schedule remove <name>',
];

type Place = InferredOptionTypes<typeof unitDirOption>;

const listCommand: CommandModule<object, Place> = {
  command: 'list',
  describe: 'Show the schedules of this machine: what, how often, when next, how the last run went',
  builder: (yargs) => yargs.options(unitDirOption).example('$0 schedule list', 'what runs here'),
  handler: async (args) => {
    const places = knownPlaces(args['unit-dir']);
    const found = await findSchedules(places);
    for (const one of found) process.stdout.write(await describeSchedule(one, isSystemdRunning()));
    if (found.length === 0) {
      const folders = places.map(({ folder }) => folder).join(' or ');
      process.stdout.write(`There is no schedule in ${folders}. Lines of a crontab: crontab -l\n`);
    }
  },
};

const runOptions = {
  ...unitDirOption,
  delay: {
    type: 'string',
    requiresArg: true,
    default: '0',
    coerce: (given: unknown) => parseDelay(String(given)),
    describe: 'Wait up to this long first, at random',
  },
} as const;
type RunArguments = InferredOptionTypes<typeof runOptions> & {
  readonly name: string;
  readonly command?: readonly string[] | undefined;
};

const runsNow = 'Run a schedule now, unless it runs already; units and crontab lines say after -- what';

const runCommand: CommandModule<object, RunArguments> = {
  command: 'run <name> [command..]',
  describe: runsNow,
  builder: (yargs) =>
    yargs
      .usage(`$0 schedule run NAME [-- COMMAND]\n\n${runsNow}`)
      .parserConfiguration({ 'populate--': true, 'parse-positional-numbers': false })
      .positional('name', { type: 'string', demandOption: true, describe: 'The schedule' })
      .positional('command', {
        type: 'string',
        array: true,
        describe: "What to run, after --; without it, what the schedule's unit says",
      })
      .options(runOptions)
      .example('$0 schedule run edge', 'what the timer would run, now'),
  handler: async (args) => {
    const { name } = args;
    checkName(name);
    const typed = [...(args.command ?? []), ...afterDashes(args)];
    const { folder, work } =
      typed.length > 0 ? { folder: process.cwd(), work: typed } : await installed(args);
    const end = await runScheduled({
      name,
      folder,
      work,
      delaySeconds: args.delay,
      launcher: [process.execPath, realpathSync(process.argv[1] ?? '')],
      env: process.env,
      random: Math.random,
      now: () => new Date(),
    });
    if (end.kind === 'ran') process.exitCode = end.exitCode;
    else {
      const { holder } = end;
      const who =
        holder === undefined
          ? 'by another process'
          : `by process ${holder.process.pid} since ${holder.since}`;
      process.stderr.write(`schedule ${name} is being run ${who}: nothing was done\n`);
    }
  },
};

/** What the units say. @throws ProblemsError where they can't be read back */
async function installed({ name, 'unit-dir': named }: RunArguments) {
  const { schedule, place } = await findSchedule(knownPlaces(named), name);
  if (schedule !== undefined) return schedule;
  throw new ProblemsError([
    {
      code: 'unit-edited',
      file: `${place.folder}/${unitNames(name).service}`,
      message: "was changed by hand: what it runs can't be read back",
      remedy: `Run it by systemd (systemctl start ${unitNames(name).service}), or install the schedule again.`,
    },
  ]);
}

const removeCommand: CommandModule<object, Place & { readonly name: string }> = {
  command: 'remove <name>',
  describe: 'Stop a schedule and delete its units; a run under way goes on to its end',
  builder: (yargs) =>
    yargs
      .positional('name', { type: 'string', demandOption: true, describe: 'The schedule' })
      .options(unitDirOption)
      .example('$0 schedule remove edge', 'no more runs of edge'),
  handler: async ({ name, 'unit-dir': named }) => {
    checkName(name);
    const { place } = await findSchedule(knownPlaces(named), name);
    const tellSystemd = place.isSystemds && isSystemdRunning();
    const { service, timer } = unitNames(name);
    if (tellSystemd) {
      await systemctl(place, ['disable', '--now', timer]);
      // When it last ran is remembered in a file: the same name, installed again, would make up for what was never missed.
      await systemctl(place, ['clean', '--what=state', timer]).catch(() => '');
    }
    for (const file of await removeUnits(place, name)) process.stdout.write(`removed: ${file}\n`);
    if (!tellSystemd) return;
    await systemctl(place, ['daemon-reload']);
    // A failure is remembered beyond its unit; one that is not known any more has none.
    await systemctl(place, ['reset-failed', service]).catch(() => '');
  },
};

function checkName(name: string): void {
  if (isScheduleName(name)) return;
  const message = `${JSON.stringify(name)} is no name of a schedule`;
  throw new ProblemsError([{ code: 'schedule-name', message, remedy: 'sluice schedule list shows them.' }]);
}

function afterDashes(args: object): readonly string[] {
  return '--' in args && Array.isArray(args['--']) ? args['--'].map(String) : [];
}
