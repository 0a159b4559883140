import type { CommandModule } from 'yargs';
import { type Problem, ProblemsError } from '../../problem.ts';
import { type ReadSettings, readSettings, type SettingsRequest } from '../../project/settings.ts';
import { formatOrigin, type Setting, snakeCase } from '../../settings/settings.ts';
import { HONOURED, type HonouredSource } from '../../settings/table.ts';
import { ownPlaces } from '../settings.ts';
import { visible } from '../views/visible.ts';
import { formatWarning } from '../warning.ts';

/** What `sluice config` was asked for. */
export type ConfigArguments = {
  readonly 'only-changed': boolean;
  readonly json: boolean;
  readonly verbose: number;
};

export type ConfigWorld = {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly places: SettingsRequest;
};

/** `sluice config`: shows the settings as `ansible-config dump` does. */
export const configCommand: CommandModule<object, ConfigArguments> = {
  command: 'config',
  describe: 'Show what ansible.cfg and the environment set, and where each value comes from',
  builder: (yargs) =>
    yargs
      .option('only-changed', {
        type: 'boolean',
        default: false,
        describe: 'Only what is set to something else than its default',
      })
      .option('json', { type: 'boolean', default: false, describe: 'As one JSON document' })
      .option('verbose', {
        alias: 'v',
        type: 'count',
        describe: 'Show the keys of ansible.cfg that have no effect, and why',
      })
      .example('$0 config --only-changed', 'what is set, and where')
      .epilogue('Exit codes: 0 done; 1 a file or value is wrong, or not supported'),
  handler: (args) =>
    showConfig(args, { stdout: process.stdout, stderr: process.stderr, places: ownPlaces() }),
};

/**
 * Writes the settings to stdout, and what is doubtful to stderr.
 * @throws ProblemsError with all that is wrong, after the settings were shown
 */
export async function showConfig(args: ConfigArguments, world: ConfigWorld): Promise<void> {
  const read = await readSettings(world.places);
  const rows = rowsOf(read).filter(({ origin }) => !args['only-changed'] || origin !== 'default');
  const isVerbose = args.verbose > 0;
  if (args.json) {
    const { file = null, ignored } = read;
    const shown = { config_file: file, settings: rows, ...(isVerbose ? { ignored } : {}) };
    world.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
  } else {
    world.stdout.write(`config_file = ${visible(read.file ?? 'none')}\n`);
    for (const row of rows)
      world.stdout.write(visible(`${row.name}(${row.origin}) = ${shownValue(row.value)}`).concat('\n'));
    if (isVerbose) for (const line of ignoredLines(read)) world.stdout.write(`${visible(line)}\n`);
  }
  for (const warning of [...read.warnings, ...doubts(read)]) world.stderr.write(formatWarning(warning));
  if (read.problems.length > 0) throw new ProblemsError(read.problems);
}

type Row = { readonly name: string; readonly value: unknown; readonly origin: string };

function rowsOf({ settings, watched }: ReadSettings): readonly Row[] {
  const row = (name: string, { value, origin }: Setting<unknown>): Row => ({
    name: snakeCase(name),
    value: value ?? defaultOf(name) ?? null,
    origin: formatOrigin(origin),
  });
  return [...Object.entries<Setting<unknown>>(settings), ...watched].map(([name, setting]) =>
    row(name, setting),
  );
}

function defaultOf(name: string): HonouredSource['default'] {
  return (HONOURED as Readonly<Record<string, HonouredSource>>)[name]?.default;
}

function shownValue(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ');
  return value === null ? 'none' : String(value).replaceAll('\n', ' ');
}

function ignoredLines({ file, ignored }: ReadSettings): readonly string[] {
  if (ignored.length === 0) return [];
  return [
    '',
    'Without effect:',
    ...ignored.map(({ line, section, key, why }) => `  ${file}:${line}: [${section}] ${key}: ${why}`),
  ];
}

/** What whoever wrote the file may believe to have an effect. */
function doubts({ file, ignored }: ReadSettings): readonly Problem[] {
  return ignored
    .filter(({ isDoubtful }) => isDoubtful)
    .map(({ line, section, key, why }) => ({
      code: 'ignored-setting',
      ...(file === undefined ? {} : { file }),
      line,
      message: `[${section}] ${key} has no effect`,
      remedy: `${why}.`.replace(/([.?!])\.$/, '$1'),
    }));
}
