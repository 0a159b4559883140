import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { ProblemsError } from '../problem.ts';
import { adoptCommand } from './commands/adopt.ts';
import { applyCommand } from './commands/apply.ts';
import { configCommand } from './commands/config.ts';
import { diffCommand } from './commands/diff.ts';
import { driftCommand } from './commands/drift.ts';
import { helperCommand } from './commands/helper.ts';
import { historyCommand } from './commands/history.ts';
import { hostKeysCommand, hostKeysSynopses } from './commands/host-keys.ts';
import { initCommand } from './commands/init.ts';
import { inventoryCommand } from './commands/inventory.ts';
import { labCommand, labSynopses } from './commands/lab.ts';
import { lintCommand } from './commands/lint.ts';
import { pingCommand } from './commands/ping.ts';
import { planCommand } from './commands/plan.ts';
import { removeCommand } from './commands/remove.ts';
import { renderCommand } from './commands/render.ts';
import { abortCommand, approveCommand, resumeCommand } from './commands/resume.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { exitCodes } from './commands/run.ts';
import { scheduleCommand, scheduleSynopses } from './commands/schedule.ts';
import { statusCommand } from './commands/status.ts';
import { unlockCommand } from './commands/unlock.ts';
import { verifyCommand } from './commands/verify.ts';
import { watchCommand } from './commands/watch.ts';
import { version } from './operations/version.ts';
import { dashed, overlookedProblems, usageProblems } from './usage.ts';
import { formatProblems } from './views/problems.ts';

const words = hideBin(process.argv);
const commands = [
  applyCommand,
  planCommand,
  driftCommand,
  verifyCommand,
  watchCommand,
  renderCommand,
  lintCommand,
  inventoryCommand,
  configCommand,
  pingCommand,
  hostKeysCommand,
  statusCommand,
  unlockCommand,
  removeCommand,
  adoptCommand,
  historyCommand,
  diffCommand,
  rollbackCommand,
  resumeCommand,
  approveCommand,
  abortCommand,
  scheduleCommand,
  initCommand,
  helperCommand,
  labCommand,
];
const synopses = [
  ...commands.flatMap(({ command }) => command ?? []),
  ...labSynopses,
  ...hostKeysSynopses,
  ...scheduleSynopses,
];

// Whoever read our output may leave (`| head`), a terminal may hang up, a disk may be full: a run on gateways goes on, and
// its journal is whole. What was lost for another reason than a reader's leaving is told by the exit code.
let lostOutput: NodeJS.ErrnoException | undefined;
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') lostOutput = error;
  });
}
process.on('exit', () => {
  if (lostOutput === undefined) return;
  process.stderr.write(`sluice: some of the output could not be written: ${lostOutput.message}\n`);
  if (!process.exitCode) process.exitCode = 1;
});

// At its end Node puts back how a terminal was set, and aborts where that has hung up; but for files that are closed.
const terminals = [0, 1, 2].filter((file) => isatty(file));
process.on('exit', () => {
  for (const file of terminals) if (!isatty(file)) closeSync(file);
});

const parser = yargs(words)
  .scriptName('sluice')
  .usage('$0 COMMAND: change the iptables firewalls of a fleet of gateways without locking yourself out')
  .command(applyCommand)
  .command(planCommand)
  .command(driftCommand)
  .command(verifyCommand)
  .command(watchCommand)
  .command(renderCommand)
  .command(lintCommand)
  .command(inventoryCommand)
  .command(configCommand)
  .command(pingCommand)
  .command(hostKeysCommand)
  .command(statusCommand)
  .command(unlockCommand)
  .command(removeCommand)
  .command(adoptCommand)
  .command(historyCommand)
  .command(diffCommand)
  .command(rollbackCommand)
  .command(resumeCommand)
  .command(approveCommand)
  .command(abortCommand)
  .command(scheduleCommand)
  .command(initCommand)
  .command(helperCommand)
  .command(labCommand)
  .demandCommand(1, 'Say what to do.')
  .strict()
  .recommendCommands()
  .parserConfiguration({ 'populate--': true, 'duplicate-arguments-array': true })
  .check((_args, known: unknown) => {
    const { boolean, alias } = known as Flags;
    const problems = overlookedProblems({ words, synopses, flags: [] }, withAliases(boolean, alias));
    if (problems.length > 0) throw new ProblemsError(problems);
    return true;
  })
  .version(version)
  .help()
  .alias('help', 'h')
  .wrap(Math.min(100, process.stdout.columns ?? 100))
  .example('$0 plan -i inventories/prod playbooks/edge.yml', 'what would change?')
  .example('$0 apply -i inventories/prod playbooks/edge.yml', 'roll it out')
  .epilogue(exitCodes)
  .exitProcess(false);

// Without a message, the error is a command's own, not one of its flags.
parser.fail((message: string | null, error: Error | undefined) => {
  if (error instanceof ProblemsError || (error !== undefined && !message)) throw error;
  const known = (parser as unknown as { getOptions(): Flags }).getOptions();
  throw new ProblemsError(
    usageProblems(message ?? '', {
      words,
      synopses,
      flags: withAliases(Object.keys(known.key), known.alias),
    }),
  );
});

/** What yargs knows of the flags of the command at hand. */
type Flags = {
  readonly key: object;
  readonly boolean: readonly string[];
  readonly alias: Readonly<Record<string, readonly string[]>>;
};

function withAliases(names: readonly string[], alias: Flags['alias']): readonly string[] {
  return [...new Set(names.flatMap((name) => [name, ...(alias[name] ?? [])]))].map(dashed);
}

async function main(): Promise<void> {
  try {
    await parser.parseAsync();
  } catch (error) {
    process.exitCode = 1;
    if (error instanceof ProblemsError) process.stderr.write(formatProblems(error.problems));
    else if (process.env.SLUICE_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    else {
      const message = error instanceof Error ? error.message : String(error);
      process.stderr.write(
        `sluice: ${message}\n    Nobody foresaw this; with SLUICE_DEBUG=1 it says where it happened.\n`,
      );
    }
  }
}

main();
