import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import yargs from 'yargs';
import { adoptCommand } from '../../src/cli/commands/adopt.ts';
import { applyCommand } from '../../src/cli/commands/apply.ts';
import { configCommand } from '../../src/cli/commands/config.ts';
import { diffCommand } from '../../src/cli/commands/diff.ts';
import { driftCommand } from '../../src/cli/commands/drift.ts';
import { helperCommand } from '../../src/cli/commands/helper.ts';
import { historyCommand } from '../../src/cli/commands/history.ts';
import { hostKeysCommand } from '../../src/cli/commands/host-keys.ts';
import { initCommand } from '../../src/cli/commands/init.ts';
import { inventoryCommand } from '../../src/cli/commands/inventory.ts';
import { labCommand } from '../../src/cli/commands/lab.ts';
import { lintCommand } from '../../src/cli/commands/lint.ts';
import { pingCommand } from '../../src/cli/commands/ping.ts';
import { planCommand } from '../../src/cli/commands/plan.ts';
import { removeCommand } from '../../src/cli/commands/remove.ts';
import { renderCommand } from '../../src/cli/commands/render.ts';
import { abortCommand, approveCommand, resumeCommand } from '../../src/cli/commands/resume.ts';
import { rollbackCommand } from '../../src/cli/commands/rollback.ts';
import { exitCodes } from '../../src/cli/commands/run.ts';
import { scheduleCommand } from '../../src/cli/commands/schedule.ts';
import { statusCommand } from '../../src/cli/commands/status.ts';
import { unlockCommand } from '../../src/cli/commands/unlock.ts';
import { verifyCommand } from '../../src/cli/commands/verify.ts';
import { watchCommand } from '../../src/cli/commands/watch.ts';
import { splitShellWords } from '../../src/ssh/shell-words.ts';
import { blocksOf, pages, readPage, root } from './files.ts';

const commands = [
  'apply',
  'plan',
  'drift',
  'verify',
  'watch',
  'render',
  'lint',
  'inventory',
  'config',
  'ping',
  'hostkeys',
  'hostkeys scan',
  'status',
  'unlock',
  'remove',
  'history',
  'diff',
  'rollback',
  'resume',
  'approve',
  'abort',
  'adopt',
  'init',
  'helper',
  'lab',
  'lab up',
  'lab down',
  'lab run',
  'lab list',
  'schedule',
  'schedule install',
  'schedule list',
  'schedule run',
  'schedule remove',
];

describe.each(pages.filter((page) => commandsOf(page).length > 0))('%s', (page) => {
  test.each(commandsOf(page))('`%s` is a command with these flags', async (line) => {
    const { command, flags } = takeApart(line);
    expect(commands).toContain(command);
    const help = await helpOf(command);
    const known = [...help.matchAll(/(?<![\w-])--?[A-Za-z][\w-]*/g)].map(([flag]) => flag);
    expect(flags.filter((flag) => !known.includes(flag))).toEqual([]);
  });
});

test('the README names every command', () => {
  const main = readFileSync(join(root, 'src/cli/main.ts'), 'utf8');
  const names = [...main.matchAll(/\.command\((\w+)Command\)/g)].map(([, name]) => name?.toLowerCase());
  expect(new Set(commands.map((command) => command.split(' ')[0]))).toEqual(new Set(names));
  const named = new Set(commandsOf('README.md').map((line) => takeApart(line).command));
  const groups = ['lab', 'hostkeys', 'schedule'];
  expect(commands.filter((command) => !groups.includes(command) && !named.has(command))).toEqual([]);
});

test('the flags in the README are flags', async () => {
  const section = readPage('README.md').split('\n## Commands\n')[1]?.split('\n## ')[0] ?? '';
  const flags = [...section.matchAll(/`(--?[A-Za-z][\w-]*)`/g)].map(([, flag]) => flag);
  const helps = (await Promise.all(commands.map(helpOf))).join('\n');
  expect(flags.length).toBeGreaterThan(20);
  for (const flag of flags) expect(helps).toMatch(new RegExp(`(?<![\\w-])${flag}(?![\\w-])`));
});

test('the exit codes in the README are those of --help', () => {
  const section = readPage('README.md').split('\n## Exit codes\n')[1]?.split('\n## ')[0] ?? '';
  const inReadme = [...section.matchAll(/^\| (\d+) \| (.*) \|$/gm)].map(
    ([, code, meaning]) => `${code} ${meaning}`,
  );
  const inHelp = exitCodes
    .replace(/^Exit codes: /, '')
    .replace(/\s+/g, ' ')
    .split('; ');
  expect(inReadme).toEqual(inHelp);
});

/** Every command of ours that a page shows: in its shell blocks and in its prose. */
function commandsOf(page: string): readonly string[] {
  const lines = blocksOf(page, 'sh')
    .flatMap((block) => block.split('\n'))
    .filter((line) => /^(timeout .*)?sluice /.test(line));
  const prose = readPage(page).replace(/^```.*?^```$/gms, '');
  const inline = [...prose.matchAll(/`(sluice [^`]+)`/g)].map(([, text = '']) => text);
  const all = [...lines, ...inline].map((line) => line.replace(/^.*?sluice /, 'sluice '));
  // What stands after -- may be a command of ours again.
  return [...new Set(all.flatMap((line) => [line, ...(/ -- (sluice .*)$/.exec(line)?.slice(1) ?? [])]))];
}

function takeApart(line: string): { readonly command: string; readonly flags: readonly string[] } {
  const words = splitShellWords(line.replace(/\[(\w+)\]/g, '$1')) ?? [];
  const end = words.findIndex((word) => /^(--$|[|<>#])/.test(word));
  const own = (end === -1 ? words : words.slice(0, end)).slice(1);
  const hasVerb = ['lab', 'hostkeys', 'schedule'].includes(own[0] ?? '') && own.length > 1;
  return {
    command: own.slice(0, hasVerb ? 2 : 1).join(' '),
    flags: own.filter((word) => word.startsWith('-')).map((flag) => flag.replace(/=.*/, '')),
  };
}

/** The help of a command; only its builder runs. */
function helpOf(command: string): Promise<string> {
  return yargs(command.split(' '))
    .scriptName('sluice')
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
    .command(historyCommand)
    .command(diffCommand)
    .command(rollbackCommand)
    .command(resumeCommand)
    .command(approveCommand)
    .command(abortCommand)
    .command(adoptCommand)
    .command(scheduleCommand)
    .command(initCommand)
    .command(helperCommand)
    .command(labCommand)
    .wrap(null)
    .getHelp();
}
