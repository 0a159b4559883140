import { existsSync, realpathSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import type { CommandModule, InferredOptionTypes } from 'yargs';
import { ProblemsError } from '../../problem.ts';
import { inventorySources } from '../../project/inventory-sources.ts';
import { formatCronLine } from '../../schedule/crontab.ts';
import { defaultDelay, formatInterval, parseDelay, parseInterval } from '../../schedule/interval.ts';
import { isScheduleName, type Launcher, type Schedule } from '../../schedule/model.ts';
import { unitNames } from '../../schedule/units.ts';
import { prepareProject } from '../operations/prepare.ts';
import { outputProblems } from '../operations/reports.ts';
import { installUnits, type WrittenUnit } from '../operations/schedule/install.ts';
import { isSystemdRunning, type UnitPlace, unitPlace } from '../operations/schedule/places.ts';
import { systemctl } from '../operations/schedule/systemctl.ts';
import { absoluteFlags, unattendedProblems, workWords } from '../operations/schedule/work.ts';
import { connectionOptions, inventoryOption, varsOptions, vaultOptions } from '../options.ts';
import { ownSettings } from '../settings.ts';
import { text } from '../values.ts';
import { outputOption, outputsOf } from './output.ts';
import { vaultOf } from './vault.ts';

export const unitDirOption = {
  'unit-dir': {
    type: 'string',
    requiresArg: true,
    coerce: text('--unit-dir'),
    describe: "Folder of the units, instead of systemd's own; systemd is told nothing then",
  },
} as const;

const installOptions = {
  every: {
    type: 'string',
    requiresArg: true,
    demandOption: true,
    coerce: (given: unknown) => parsed('--every', parseInterval, given),
    describe: 'How often: 15m, 6h, 1d, 1w; 1m to 30d',
  },
  delay: {
    type: 'string',
    requiresArg: true,
    coerce: (given: unknown) => parsed('--delay', parseDelay, given),
    describe: 'Start up to this much later, at random: 90s, 5m, 0 (a tenth of --every)',
  },
  name: {
    type: 'string',
    requiresArg: true,
    coerce: text('--name'),
    describe: "Name of the schedule and its units (the playbook's)",
  },
  enforce: {
    type: 'boolean',
    default: false,
    describe:
      'Bring gateways that drifted back in line (apply --only-drifted), instead of only looking (drift)',
  },
  to: {
    choices: ['system', 'user', 'crontab'] as const,
    requiresArg: true,
    describe: "systemd's system units (as root), its user units, or a crontab line to paste",
  },
  ...unitDirOption,
  ...inventoryOption,
  ...varsOptions,
  ...vaultOptions,
  ...connectionOptions,
  ...outputOption,
} as const;

type InstallArguments = InferredOptionTypes<typeof installOptions> & { readonly playbook: string };

export const scheduleInstallCommand: CommandModule<object, InstallArguments> = {
  command: 'install <playbook>',
  describe: 'Look for drift at intervals, or end it: a service and a timer of systemd, or a crontab line',
  builder: (yargs) =>
    yargs
      .positional('playbook', { type: 'string', demandOption: true, describe: 'The playbook, a YAML file' })
      .options(installOptions)
      .example('$0 schedule install --every 15m -i prod playbooks/edge.yml', 'look for drift')
      .example('$0 schedule install --every 1h --enforce -i prod playbooks/edge.yml', 'and end it'),
  handler: install,
};

async function install(args: InstallArguments): Promise<void> {
  const schedule = await scheduleOf(args);
  const launcher: Launcher = [process.execPath, realpathSync(process.argv[1] ?? '')];
  const place = placeOf(args);
  if (place === undefined) return printCronLine(schedule, launcher);
  const written = await installUnits({ schedule, launcher, place, isNamed: args.name !== undefined });
  for (const unit of written) process.stdout.write(wordsOf(unit));
  process.stdout.write(await start(place, schedule));
}

/** What is to run, and proved to: everything that can be known without a connection. */
async function scheduleOf(args: InstallArguments): Promise<Schedule> {
  const cwd = process.cwd();
  const outputs = outputsOf(args.output);
  const settings = await ownSettings();
  const name = args.name ?? path.parse(args.playbook).name.replaceAll(/[^A-Za-z0-9_-]/g, '-');
  const inventory = await inventorySources({ named: args.inventory, settings: settings.settings, cwd });
  const flags = absoluteFlags({ ...args, inventory }, cwd);
  const problems = [
    ...(await unattendedProblems(flags, settings, process.env)),
    ...(await outputProblems(outputs)),
    ...nameProblems(name),
  ];
  if (problems.length > 0) throw new ProblemsError(problems);
  await prepareProject({
    playbook: flags.playbook,
    inventory: flags.inventory,
    limit: flags.limit,
    extraVars: flags['extra-vars'],
    tags: {},
    vault: vaultOf(flags, settings.settings),
    cwd,
    settings,
  });
  const everyMinutes = args.every;
  const delaySeconds = args.delay ?? defaultDelay(everyMinutes);
  if (delaySeconds >= everyMinutes * 60) {
    const message = `--delay is ${delaySeconds} s, and --every ${formatInterval(everyMinutes)}: runs would meet`;
    throw problem('schedule-delay', message, 'Choose a delay that is shorter than the interval.');
  }
  return { name, folder: cwd, everyMinutes, delaySeconds, work: workWords(flags, args.enforce) };
}

/** System units for root, user units for everybody else; undefined for a crontab. */
function placeOf({ to, 'unit-dir': named }: InstallArguments): UnitPlace | undefined {
  const isRoot = process.getuid?.() === 0;
  if (to === undefined && named === undefined && !isSystemdRunning()) return undefined;
  if (to !== 'crontab') return unitPlace(to ?? (isRoot ? 'system' : 'user'), named);
  if (named === undefined) return undefined;
  throw problem('usage', '--unit-dir is for units, and --to crontab writes none', 'Give one of them.');
}

function printCronLine(schedule: Schedule, launcher: Launcher): void {
  const line = formatCronLine(schedule, launcher);
  const every = formatInterval(schedule.everyMinutes);
  if (line === undefined) {
    const message = `a crontab can't say every ${every}, or can't hold one of the paths`;
    const remedy =
      'Choose an interval that divides an hour, a day or a week (1m, 5m, 15m, 1h, 6h, 1d, 1w), or install units on a machine with systemd.';
    throw problem('schedule-cron', message, remedy);
  }
  process.stderr.write(
    `A crontab line (crontab -e) for every ${every}; nothing was written. cron mails what a run prints: MAILTO= says to whom.\n`,
  );
  process.stdout.write(`${line}\n`);
}

function wordsOf({ file, how, diff }: WrittenUnit): string {
  return `${how}: ${file}\n${diff.map((line) => `    ${line}\n`).join('')}`;
}

async function start(place: UnitPlace, { name, everyMinutes, delaySeconds }: Schedule): Promise<string> {
  const { timer } = unitNames(name);
  const when = `every ${formatInterval(everyMinutes)}, up to ${delaySeconds} s later`;
  const ctl = place.scope === 'user' ? 'systemctl --user' : 'systemctl';
  if (!place.isSystemds || !isSystemdRunning())
    return `Not started yet (${when}). Where systemd runs these: ${ctl} daemon-reload && ${ctl} enable --now ${timer}\n`;
  await systemctl(place, ['daemon-reload']);
  await systemctl(place, ['enable', timer]);
  // One that runs counts by its new times from now on.
  await systemctl(place, ['restart', timer]);
  return `${timer} runs: ${when}. Try it now: ${ctl} start ${unitNames(name).service}\n${lingering(place)}${agentWords()}`;
}

/** Without it, a user's units end with the last login. */
function lingering({ scope }: UnitPlace): string {
  const user = userInfo().username;
  if (scope === 'system' || existsSync(`/var/lib/systemd/linger/${user}`)) return '';
  return `It stops when you log out, unless: loginctl enable-linger ${user}\n`;
}

function agentWords(): string {
  return process.env.SSH_AUTH_SOCK === undefined
    ? ''
    : 'Keys of your ssh-agent are not there when it runs: it needs key files without a passphrase, or with one in a vault.\n';
}

function nameProblems(name: string) {
  if (isScheduleName(name)) return [];
  const message = `${JSON.stringify(name)} is no name for a schedule`;
  const remedy = 'Give one with --name: letters, digits, - and _, at most 64, a letter or digit first.';
  return [{ code: 'schedule-name', message, remedy }];
}

function parsed(flag: string, parse: (text: string) => number, given: unknown): number {
  const written = text(flag)(given);
  try {
    return parse(written);
  } catch (error) {
    throw new Error(`${flag}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function problem(code: string, message: string, remedy: string): ProblemsError {
  return new ProblemsError([{ code, message, remedy }]);
}
