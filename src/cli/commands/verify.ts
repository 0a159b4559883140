import type { CommandModule } from 'yargs';
import { onlyPlaybook } from '../operations/only-playbook.ts';
import { exitCodes, type RunArguments, runWith, withOptionsAlone } from './run.ts';

type VerifyArguments = Omit<RunArguments, 'playbook' | 'take-over'> & {
  readonly playbook?: string | undefined;
};

/** `sluice verify`: does what a playbook expects of its gateways hold, now? */
export const verifyCommand: CommandModule<object, VerifyArguments> = {
  command: 'verify [playbook]',
  describe: 'Make the checks of a playbook on all its gateways; takes no lock and changes nothing',
  builder: (yargs) =>
    withOptionsAlone(yargs)
      .positional('playbook', {
        type: 'string',
        describe: 'The playbook; may be left out where the folder playbooks/ has only one',
      })
      .example(
        '$0 verify -i inventories/prod playbooks/edge.yml',
        'do all checks pass, from wherever they look?',
      )
      .example('$0 verify edge.yml --limit gw-fra-1 --json', 'one gateway, for a program')
      .epilogue(`${exitCodes}\nThe kinds of checks, and from where they look: docs/checks.md`),
  handler: async (args) => {
    const playbook = args.playbook ?? (await onlyPlaybook(process.cwd()));
    const { exitCode } = await runWith(
      { ...args, playbook, 'take-over': false },
      { mode: 'verify', diff: false },
    );
    process.exitCode = exitCode;
  },
};
