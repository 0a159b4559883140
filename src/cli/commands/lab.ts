import type { Argv, CommandModule } from 'yargs';
import { chooseLab } from '../../lab/choose.ts';
import { describeLab, describeSize } from '../../lab/describe.ts';
import { downLab, findLabs } from '../../lab/down.ts';
import type { Backend, LabUser } from '../../lab/etc.ts';
import { runInside } from '../../lab/inside.ts';
import type { Lab } from '../../lab/lab.ts';
import { upLab } from '../../lab/up.ts';
import { ProblemsError } from '../../problem.ts';
import { wholeNumber } from '../values.ts';

type UpArguments = {
  readonly gateways: number;
  readonly backends: number;
  readonly backend: Backend | 'alternate';
  readonly user: LabUser;
};
type DownArguments = { readonly id?: string | undefined; readonly all?: boolean | undefined };
type RunArguments = {
  readonly in: string;
  readonly lab?: string | undefined;
  readonly command?: readonly string[] | undefined;
};

/** `sluice lab`: a fleet of gateways on this machine, to try things out on. */
export const labCommand: CommandModule = {
  command: 'lab',
  describe: 'Try sluice on a fleet of gateways made on this machine',
  builder: (yargs: Argv) =>
    yargs
      .command(upCommand)
      .command(downCommand)
      .command(runCommand)
      .command(listCommand)
      .example('sudo $0 lab up --gateways 6', 'a fleet to try things out on')
      .example('sudo $0 lab run -- $0 ping gateways', 'a command at its controller')
      .demandCommand(1, 'Say what to do with the lab: up, down, run or list.'),
  handler: () => undefined,
};

/** What can be done with labs, as their help names it. */
export const labSynopses = ['lab up', 'lab down [id]', 'lab run [command..]', 'lab list'];

const upCommand: CommandModule<object, UpArguments> = {
  command: 'up',
  describe: 'Make gateways in network namespaces, each with a real sshd and a real iptables',
  builder: (yargs) =>
    yargs
      .option('gateways', {
        alias: 'n',
        type: 'string',
        requiresArg: true,
        default: 3,
        coerce: wholeNumber('--gateways'),
        describe: 'How many gateways',
      })
      .option('backends', {
        type: 'string',
        requiresArg: true,
        default: 3,
        coerce: wholeNumber('--backends'),
        describe: 'How many web servers behind them',
      })
      .option('backend', {
        choices: ['nft', 'legacy', 'alternate'] as const,
        default: 'alternate' as const,
        describe: "The engine behind the gateways' iptables; alternate: odd ones nft, even ones legacy",
      })
      .option('user', {
        choices: ['root', 'operator'] as const,
        default: 'root' as const,
        describe: 'The login in the inventory; operator becomes root through sudo',
      })
      .example('sudo $0 lab up --gateways 50', 'fifty gateways, half of them on nft')
      .example('sudo $0 lab up -n 2 --user operator', 'two gateways, and a login that needs sudo'),
  handler: async ({ gateways, backends, backend, user }) => {
    const interrupted = new AbortController();
    const interrupt = () => interrupted.abort();
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    try {
      const lab = await upLab({ gateways, backends, backend, user, keep: true, signal: interrupted.signal });
      process.stdout.write(describeLab(lab, (await findLabs()).length === 1));
    } catch (error) {
      if (!interrupted.signal.aborted) throw error;
      process.stderr.write('Interrupted; nothing is left of the lab.\n');
      process.exitCode = 130;
    } finally {
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    }
  },
};

const downCommand: CommandModule<object, DownArguments> = {
  command: 'down [id]',
  describe: 'Take a lab down: processes, namespaces, files',
  builder: (yargs) =>
    yargs
      .positional('id', { type: 'string', describe: 'Which lab; not needed when there is one only' })
      .option('all', {
        type: 'boolean',
        describe: 'All labs, and what is left of labs that were interrupted while they were made',
      })
      .conflicts('all', 'id')
      .example('sudo $0 lab down', 'the only lab')
      .example('sudo $0 lab down --all', 'whatever there is'),
  handler: async ({ id, all = false }) => {
    const found = (await findLabs()).map((lab) => lab.id);
    const ids = all ? found : [chooseLab(found, id ?? ownLab(), 'sluice lab down')];
    for (const one of ids) {
      await downLab(one);
      process.stdout.write(`${one} is down.\n`);
    }
    if (ids.length === 0) process.stdout.write('There is no lab.\n');
  },
};

const runsInside = 'Run a command inside the lab; $SLUICE_INVENTORY names its inventory there';

const runCommand: CommandModule<object, RunArguments> = {
  command: 'run [command..]',
  describe: runsInside,
  builder: (yargs) =>
    yargs
      .usage(`$0 lab run [--in PLACE] -- COMMAND\n\n${runsInside}`)
      // The command's own options are none of ours, and `sleep 5` stays text.
      .parserConfiguration({ 'populate--': true, 'parse-positional-numbers': false })
      .positional('command', { type: 'string', array: true, describe: 'Best written after --' })
      .option('in', {
        type: 'string',
        default: 'controller',
        describe: 'Where: controller, client, desk, a gateway (gw1 …) or a backend (b1 …)',
      })
      .option('lab', {
        type: 'string',
        describe: 'Which lab; not needed when there is one only, nor in a shell of `lab run`',
      })
      .example('sudo $0 lab run -- $0 plan site.yml', 'sluice at the controller')
      .example('sudo $0 lab run --in client -- curl http://10.64.0.1/', 'a request from outside')
      .example('sudo $0 lab run --in gw1 -- iptables-save', 'a look at a gateway'),
  handler: async (args) => {
    const argv = [...(args.command ?? []), ...afterDashes(args)];
    if (argv.length === 0) {
      const remedy = 'For example: sluice lab run -- bash';
      throw problem('lab-no-command', 'There is no command to run.', remedy);
    }
    const standing = (await findLabs()).flatMap((found) => (found.kind === 'standing' ? [found.lab] : []));
    const id = chooseLab(
      standing.map((lab) => lab.id),
      args.lab ?? ownLab(),
      'sluice lab run --lab',
    );
    for (const lab of standing.filter((one) => one.id === id)) {
      checkPlace(lab, args.in);
      process.exitCode = await runInside(lab, args.in, argv);
    }
  },
};

/** The lab in whose shell we were typed. */
function ownLab(): string | undefined {
  return process.env.SLUICE_LAB;
}

const listCommand: CommandModule = {
  command: 'list',
  describe: 'Show the labs of this machine',
  builder: (yargs) => yargs.example('sudo $0 lab list', 'every lab that is up, or half made'),
  handler: async () => {
    const found = await findLabs();
    for (const one of found) {
      const what =
        one.kind === 'unfinished'
          ? 'unfinished: being made, or left behind; `sluice lab down` removes it'
          : `${describeSize(one.lab.gateways.length, one.lab.backends.length)}, made ${one.madeAt}`;
      process.stdout.write(`${one.id}  ${what}\n`);
    }
    if (found.length === 0) process.stdout.write('There is no lab.\n');
  },
};

function checkPlace(lab: Lab, place: string): void {
  const places = [
    'controller',
    'client',
    'desk',
    ...[...lab.gateways, ...lab.backends].map(({ name }) => name),
  ];
  if (!places.includes(place)) {
    const most = places.length > 12 ? [...places.slice(0, 12), '…'] : places;
    throw problem('no-place', `${lab.id} has no place ${place}.`, `Places: ${most.join(', ')}`);
  }
}

function afterDashes(args: object): readonly string[] {
  return '--' in args && Array.isArray(args['--']) ? args['--'].map(String) : [];
}

function problem(code: string, message: string, remedy: string): ProblemsError {
  return new ProblemsError([{ code, message, remedy }]);
}
