#!/usr/bin/env node
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { ProblemsError } from '../problem.ts';
import { applyCommand, exitCodes, planCommand } from './commands/apply.ts';
import { initCommand } from './commands/init.ts';
import { inventoryCommand } from './commands/inventory.ts';
import { labCommand } from './commands/lab.ts';
import { pingCommand } from './commands/ping.ts';
import { renderCommand } from './commands/render.ts';
import { version } from './operations/version.ts';
import { formatProblems } from './views/problems.ts';

/** A usage error: yargs says what, we say where help is. */
class UsageError extends Error {}

const parser = yargs(hideBin(process.argv))
  .scriptName('sluice')
  .usage('$0 COMMAND: change the iptables firewalls of a fleet of gateways without locking yourself out')
  .command(applyCommand)
  .command(planCommand)
  .command(renderCommand)
  .command(inventoryCommand)
  .command(pingCommand)
  .command(initCommand)
  .command(labCommand)
  .demandCommand(1, 'Say what to do.')
  .strict()
  .recommendCommands()
  .parserConfiguration({ 'populate--': true, 'duplicate-arguments-array': true })
  .version(version)
  .help()
  .alias('help', 'h')
  .wrap(Math.min(100, process.stdout.columns ?? 100))
  .epilogue(exitCodes)
  .exitProcess(false)
  .fail((message: string | null, error: Error | undefined) => {
    throw error ?? new UsageError(message ?? '');
  });

try {
  await parser.parseAsync();
} catch (error) {
  process.exitCode = 1;
  if (error instanceof ProblemsError) process.stderr.write(formatProblems(error.problems));
  else if (error instanceof UsageError) process.stderr.write(`sluice: ${error.message}\nsluice --help shows the commands, sluice COMMAND --help their flags.\n`);
  else process.stderr.write(`sluice: ${error instanceof Error ? (process.env.SLUICE_DEBUG ? error.stack : error.message) : String(error)}\n`);
}
