import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProject, type Project } from './project.ts';

let project: Project;
beforeAll(() => {
  project = createProject({
    inventory: '[edge]\ngw1\ngw2\n[all:vars]\nansible_host=127.0.0.1\nansible_port=1\n',
    'site.yml':
      '- id: edge\n  hosts: edge\n  rules:\n    - { template: a.hbs, tags: [ssh] }\n    - { template: a.hbs, tags: [web] }\n',
    'templates/a.hbs': '*filter\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n',
  });
});
afterAll(() => project.remove());

/** What a command line that can't be run says on stderr; it says nothing else, and leaves no journal. */
async function complaintOf(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await project.sluice(...words);
  expect({ words, code, stdout }).toEqual({ words, code: 1, stdout: '' });
  expect(existsSync(join(project.folder, '.sluice'))).toBe(false);
  return stderr;
}

const apply = ['apply', '-i', 'inventory', 'site.yml'];
const HELP = 'sluice apply --help explains it.';
const COMMANDS = 'Commands are apply, plan, drift, verify, watch, render, lint, ';

describe.concurrent('a command line that makes no sense', () => {
  test.each([
    ['nothing', [], `Say what to do.\n    ${COMMANDS}`],
    ['an unknown command', ['frobnicate'], `there is no command "frobnicate"\n    ${COMMANDS}`],
    [
      'a misspelt command',
      ['aply', 'site.yml'],
      `there is no command "aply"\n    Did you mean "apply"? ${COMMANDS}`,
    ],
    [
      'a misspelt command of the lab',
      ['lab', 'dwon'],
      'there is no command "dwon"\n    Did you mean "down"? sluice lab --help explains it.\n',
    ],
    [
      'no playbook',
      ['apply'],
      `sluice apply: <playbook> is missing\n    Write sluice apply <playbook>; ${HELP}\n`,
    ],
    [
      'two playbooks',
      [...apply, 'more.yml'],
      `sluice apply does not take "more.yml"\n    Write sluice apply <playbook>; ${HELP}\n`,
    ],
    [
      'unknown flags, all at once',
      [...apply, '--chek', '--no-sense', '-q'],
      `sluice apply has no flag --chek\n    Did you mean "--check"? ${HELP}\n` +
        `sluice apply has no flag --no-sense\n    ${HELP}\n` +
        `sluice apply has no flag -q\n    ${HELP}\n` +
        `\n3 problems; nothing was touched.\n`,
    ],
    [
      'a flag of another command',
      ['lab', 'up', '--gatways', '3'],
      'sluice lab up has no flag --gatways\n    Did you mean "--gateways"? sluice lab up --help explains it.\n',
    ],
    ['no forks', [...apply, '-f', '0'], `--forks is "0": it must be a whole number from 1\n    ${HELP}\n`],
    [
      'forks that are no number',
      ['ping', '-f', 'abc'],
      '--forks is "abc": it must be a whole number from 1\n    sluice ping --help explains it.\n',
    ],
    [
      'half a fork',
      [...apply, '--forks=1.5'],
      `--forks is "1.5": it must be a whole number from 1\n    ${HELP}\n`,
    ],
    [
      'a time-out in the past',
      [...apply, '-T', '-1'],
      `--timeout is "-1": it must be a whole number of seconds, 1 to 86400\n    ${HELP}\n`,
    ],
    [
      'no time at all',
      [...apply, '-T', '0'],
      `--timeout is "0": it must be a whole number of seconds, 1 to 86400\n    ${HELP}\n`,
    ],
    ['a flag without its value', [...apply, '-l'], `-l needs a value\n    ${HELP}\n`],
    [
      'a value that looks like a flag',
      [...apply, '--ssh-common-args', '-J bastion'],
      `--ssh-common-args needs a value\n    If "-J bastion" is its value, write --ssh-common-args=…; ${HELP}\n`,
    ],
    [
      'a flag that stands twice',
      [...apply, '-l', 'gw1', '-l', 'gw2'],
      `--limit stands 2 times (gw1, gw2): give it once\n    ${HELP}\n`,
    ],
    [
      'a word that is not among the choices',
      [...apply, '--progress', 'fancy'],
      `--progress is "fancy": it must be one of "auto", "tty", "plain", "json", "quiet"\n    ${HELP}\n`,
    ],
    [
      'no mode',
      ['inventory'],
      'Say one of --list, --graph or --host NAME.\n    sluice inventory --help explains it.\n',
    ],
  ])('%s', async (_, words, complaint) => {
    expect(await complaintOf(...words)).toContain(complaint);
  });
});

describe.concurrent('a slip that would touch more than was meant', () => {
  test.each([
    ['--limit=', [...apply, '--limit=']],
    ['--limit ""', ['ping', '--limit', '']],
    ['--tags ""', [...apply, '--tags', '']],
    ['--inventory ""', ['apply', 'site.yml', '-i', '']],
    ['--extra-vars ""', [...apply, '-e', '']],
  ])('%s, as of a shell variable that is not set', async (flag, words) => {
    const name = /--[a-z-]+/.exec(flag)?.[0];
    expect(await complaintOf(...words)).toContain(`${name} is empty: give it a value, or leave it out\n`);
  });

  test('--check=yes, which yargs reads as no check', async () => {
    expect(await complaintOf(...apply, '--check=yes', '-bD=1')).toBe(
      '--check is "yes", but takes no value\n    Write --check, or leave it out.\n' +
        '-D is "1", but takes no value\n    Write -D, or leave it out.\n' +
        '\n2 problems; nothing was touched.\n',
    );
  });

  test.each(['-C1', '-C-D', '-D-C'])('%s, whose end yargs takes for a value of the switch', async (word) => {
    const letter = word.at(1);
    expect(await complaintOf(...apply, word)).toBe(
      `-${letter} takes no value, but stands in "${word}"\n    Write each switch by itself.\n`,
    );
  });

  test.each([
    [['approve', 'latest', '2', '--pause', '1'], 'approve', '--pause', 'approve <run> [pause]'],
    [['history', '--run=latest'], 'history', '--run', 'history [run] [host]'],
  ])('a positional as a flag: %s', async (words, command, flag, synopsis) => {
    expect(await complaintOf(...words)).toBe(
      `sluice ${command} has no flag ${flag}\n    Write sluice ${synopsis}; sluice ${command} --help explains it.\n`,
    );
  });

  test('--check after --, where yargs reads no flags', async () => {
    expect(await complaintOf(...apply, '--', '--check')).toBe(
      `sluice apply takes nothing after --, not "--check"\n    ${HELP}\n`,
    );
  });
});

describe.concurrent('a name that means nothing', () => {
  test('a --limit, with a suggestion', async () => {
    expect(await complaintOf(...apply, '-l', 'gw11')).toBe(
      '"gw11" names no host and no group of the inventory\n' +
        '    Did you mean "gw1"? "sluice inventory --graph" shows what there is.\n',
    );
  });

  test('an exclusion: it was to spare a host', async () => {
    expect(await complaintOf(...apply, '-l', 'edge:!gw22')).toContain(
      '"!gw22" names no host and no group of the inventory\n    Did you mean "gw2"?',
    );
  });

  test('a --limit that excludes everything', async () => {
    expect(await complaintOf(...apply, '-l', 'edge:!gw1:!gw2')).toContain(
      "--limit edge:!gw1:!gw2 leaves no host of the playbook's plays\n",
    );
  });

  test('a --limit file', async () => {
    expect(await complaintOf(...apply, '-l', '@failed.retry')).toBe(
      'failed.retry: there is no such limit file\n    Name a file with one host pattern a line after --limit @; ' +
        'or the hosts of a run: @RUN:failed, @RUN:unreached, @RUN:rolled_back.\n',
    );
  });

  test('the pattern of a ping', async () => {
    expect(await complaintOf('ping', '-i', 'inventory', 'edgee')).toContain(
      'pattern "edgee" matches no host\n    Did you mean "edge"?',
    );
  });

  test('a tag, with those that there are', async () => {
    expect(await complaintOf(...apply, '--tags', 'shh')).toBe(
      'site.yml: --tags shh leaves no rules of the playbook\n    Its rules have the tags ssh, web.\n',
    );
  });

  test('a tag that would cut a play in two', async () => {
    expect(await complaintOf(...apply, '--tags', 'ssh')).toContain(
      'site.yml:1: the tags leave out 1 of the 2 templates of play "edge"',
    );
  });

  test('-e that is no variable', async () => {
    expect(await complaintOf(...apply, '-e', 'foo', '-e', '@nosuch.yml')).toBe(
      '-e: "foo" is not name=value\n    Write -e name=value, -e @file.yml, or a mapping: -e \'{"name": 1}\'.\n' +
        'nosuch.yml: there is no such file of variables\n    Name a YAML or JSON file that you may read after -e @.\n' +
        '\n2 problems; nothing was touched.\n',
    );
  });
});
