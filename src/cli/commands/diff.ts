import type { CommandModule } from 'yargs';
import { diffHistory } from '../operations/history.ts';
import { visibleLines } from '../views/visible.ts';
import { exitCodes } from './run.ts';

type DiffArguments = { readonly runs: string; readonly host: string; readonly json: boolean };

/** `sluice diff`: what differs between what a host held after two runs? */
export const diffCommand: CommandModule<object, DiffArguments> = {
  command: 'diff <runs> <host>',
  describe: 'What differs on a host between two runs, from the journal; of one run: what it changed there',
  builder: (yargs) =>
    yargs
      .positional('runs', { type: 'string', demandOption: true, describe: 'RUN..RUN, or one RUN' })
      .positional('host', {
        type: 'string',
        demandOption: true,
        describe: 'The host, as the inventory names it',
      })
      .option('json', { type: 'boolean', default: false, describe: 'One JSON object a play and line' })
      .example('$0 diff @1..latest gw-fra-1', 'between the ends of the last two runs')
      .example('$0 diff latest gw-fra-1', 'what the latest run changed there')
      .epilogue(exitCodes),
  handler: async ({ runs, host, json }) => {
    for (const { play, words, diff } of await diffHistory(process.cwd(), runs, host)) {
      const same = `${host}, play ${play}: no difference (${words})\n`;
      const text = diff === '' ? same : `${host}, play ${play}: ${words}\n${diff}`;
      process.stdout.write(
        json ? `${JSON.stringify({ host, play, between: words, diff })}\n` : visibleLines(text),
      );
    }
  },
};
