import type { Argv, CommandModule, InferredOptionTypes } from 'yargs';
import { formatProblem } from '../../problem.ts';
import { confirmOnTerminal, hasTerminal } from '../operations/ask.ts';
import {
  addToKnownHosts,
  filesFor,
  type HostKeysFound,
  type HostKeysScanned,
  type ShownKey,
  scanEachHost,
} from '../operations/host-keys.ts';
import { connectionOptions, inventoryOption, varsOptions, vaultOptions } from '../options.ts';
import { formatProblems } from '../views/problems.ts';
import { visibleLines } from '../views/visible.ts';
import { formatUnanswered, hostsRequest, stdoutColours } from './hosts.ts';
import { exitCodes } from './run.ts';

const { forks, user, timeout, ...others } = connectionOptions;
const options = {
  ...inventoryOption,
  ...varsOptions,
  ...vaultOptions,
  forks,
  user,
  timeout,
  'ssh-common-args': others['ssh-common-args'],
  'ssh-extra-args': others['ssh-extra-args'],
  yes: {
    type: 'boolean',
    default: false,
    describe: 'Add the new keys without asking: whoever answers at this moment is trusted from now on',
  },
  json: { type: 'boolean', default: false, describe: 'One JSON object a host and line; asks nothing' },
} as const;

type ScanArguments = InferredOptionTypes<typeof options> & { readonly pattern: string };

/** `sluice hostkeys`: the host keys of the fleet. */
export const hostKeysCommand: CommandModule = {
  command: 'hostkeys',
  describe: 'Look at the host keys of the fleet, and add them to known_hosts',
  builder: (yargs: Argv) =>
    yargs.command(scanCommand).demandCommand(1, 'Say what to do with the host keys: scan.'),
  handler: () => undefined,
};

/** What can be done with host keys, as their help names it. */
export const hostKeysSynopses = ['hostkeys scan [pattern]'];

const scanCommand: CommandModule<object, ScanArguments> = {
  command: 'scan [pattern]',
  describe:
    'Compare the host keys that hosts and their jump hosts offer with known_hosts; ask whether to add the new ones',
  builder: (yargs) =>
    yargs
      .positional('pattern', { type: 'string', default: 'all', describe: 'Host pattern' })
      .options(options)
      .example('$0 hostkeys scan -i prod', 'every host: known, new, or changed?')
      .example('$0 hostkeys scan -i prod edge --yes', 'in a script that sets up new hosts')
      .epilogue(exitCodes),
  handler: async (args) => {
    const show = args.json ? (one: HostKeysFound) => JSON.stringify(one) : formatFound;
    const request = await hostsRequest(args);
    const scanned = await scanEachHost(request, (one) => process.stdout.write(`${show(one)}\n`));
    const hasAdded = await offerToAdd(scanned, args);
    process.exitCode = exitCodeOf(scanned, hasAdded);
  },
};

/** Answers whether no new key is left. */
async function offerToAdd({ additions }: HostKeysScanned, { yes, json }: ScanArguments): Promise<boolean> {
  if (additions.length === 0) return true;
  const files = filesFor(additions);
  const hosts = new Set(additions.map(({ host }) => host)).size;
  const what = `${count(additions.length, 'key')} of ${count(hosts, 'host')}`;
  const say = (text: string) => process.stderr.write(`${text}\n`);
  if (files.includes(undefined)) {
    say(`Nothing was added: for some of the hosts, ssh_config names no UserKnownHostsFile to add to.`);
    return false;
  }
  if (!yes) {
    if (json || !hasTerminal()) {
      say(`Nothing was added. New: ${what}. Run it on a terminal, or with --yes to trust whoever answers.`);
      return false;
    }
    say('Compare the fingerprints with those on the hosts: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub');
    const these = additions.length === 1 ? 'this' : 'these';
    if (!(await confirmOnTerminal(`Add ${these} ${what} to ${files.join(', ')}?`))) {
      say('Nothing was added.');
      return false;
    }
  }
  const problems = await addToKnownHosts(additions);
  if (problems.length > 0) process.stderr.write(formatProblems(problems));
  else say(`Added ${what} to ${files.join(', ')}.`);
  return problems.length === 0;
}

/** 2 where a key is not to be trusted; 3 where new ones are left; 4 where hosts were unreachable, and nothing else. */
function exitCodeOf({ found }: HostKeysScanned, hasAdded: boolean): number {
  if (found.some(({ kind }) => kind === 'failed')) return 2;
  if (!hasAdded) return 3;
  return found.some(({ kind }) => kind === 'unreachable') ? 4 : 0;
}

function formatFound(found: HostKeysFound): string {
  const colours = stdoutColours();
  switch (found.kind) {
    case 'known':
      return colours.green(visibleLines(`${found.host} | known => ${types(found.keys)}`));
    case 'new': {
      const known = found.keys.filter(({ verdict }) => verdict === 'known');
      const beside = known.length === 0 ? '' : ` beside ${types(known)}, known`;
      return colours.yellow(visibleLines(`${found.host} | NEW =>${beside}${newKeys(found.keys)}`));
    }
    case 'failed': {
      const { host: _, ...problem } = found.problem;
      const word = found.keys.some(({ verdict }) => verdict === 'changed') ? 'CHANGED' : 'UNTRUSTED';
      return colours.red(
        visibleLines(`${found.host} | ${word}! => ${formatProblem(problem)}${newKeys(found.keys)}`),
      );
    }
    case 'unreachable':
      return formatUnanswered(found);
  }
}

function types(keys: readonly ShownKey[]): string {
  return keys.map(({ type }) => type).join(', ');
}

function newKeys(keys: readonly ShownKey[]): string {
  const fresh = keys.filter(({ verdict }) => verdict === 'new');
  return fresh.map(({ type, fingerprint }) => `\n    new: ${type} ${fingerprint}`).join('');
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
