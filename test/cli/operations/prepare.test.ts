import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { renderCommand } from '../../../src/cli/commands/render.ts';
import { prepareProject } from '../../../src/cli/operations/prepare.ts';
import { ProblemsError } from '../../../src/problem.ts';
import { folderWith } from '../../project/inventory-folders.ts';
import { NO_SETTINGS } from '../../settings/sources.ts';
import { noVault } from '../../vault/vaults.ts';

const FILES = {
  hosts: '[edge]\ngw1 ansible_host=192.0.2.1\ngw2 ansible_host=192.0.2.2\n',
  'templates/raw.hbs': '*raw\n-A PREROUTING -m set --match-set blocked src -j DROP\nCOMMIT\n',
  'templates/sets/blocked.hbs': '# why\ncreate blocked hash:ip\nadd blocked {{ansible_host}}\n',
  'site.yml': `
- id: edge
  hosts: edge
  rules: [{ template: raw.hbs, tags: fw }]
  ipsets: [{ template: sets/blocked.hbs, tags: list }]
  sysctls: { net/ipv4/ip_forward: 1 }
  persist: false
  conntrack: flush_removed
`,
};

function requestFor(folder: string, tags = {}) {
  return {
    playbook: path.join(folder, 'site.yml'),
    inventory: [path.join(folder, 'hosts')],
    extraVars: [],
    tags,
    vault: noVault,
    cwd: folder,
    settings: NO_SETTINGS,
  };
}

async function complaintsOf(files: Readonly<Record<string, string>>, tags = {}): Promise<readonly string[]> {
  const error: unknown = await prepareProject(requestFor(folderWith(files), tags)).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ProblemsError)) throw error ?? new Error('nothing was wrong');
  return error.problems.map(({ code, message }) => `${code}: ${message}`);
}

test('a host is rendered with its sets and parameters; sources name files that can be opened', async () => {
  const folder = folderWith(FILES);
  const { play, sets, sysctls } = (await prepareProject(requestFor(folder))).render('edge', 'gw2');
  expect({ persist: play.persist, conntrack: play.conntrack, sets, sysctls }).toEqual({
    persist: false,
    conntrack: 'flush_removed',
    sets: [
      {
        name: 'blocked',
        create: 'create blocked hash:ip',
        members: ['add blocked 192.0.2.2'],
        keepsMembers: false,
        source: { template: path.join(folder, 'templates/sets/blocked.hbs'), line: 2 },
      },
    ],
    sysctls: [{ key: 'net.ipv4.ip_forward', value: '1' }],
  });
});

test('sources of partials, and of what includes them, name files as well', async () => {
  const folder = folderWith({
    ...FILES,
    'templates/raw.hbs': '*raw\n{{> sets/rule.hbs}}\nCOMMIT\n',
    'templates/sets/rule.hbs': '-A PREROUTING -m set --match-set blocked src -j DROP\n',
  });
  const { rulesets } = (await prepareProject(requestFor(folder))).render('edge', 'gw2');
  const { text = '', sources = [] } = rulesets[0] ?? {};
  expect(sources[text.split('\n').findIndex((line) => line.startsWith('-A'))]).toEqual({
    template: path.join(folder, 'templates/sets/rule.hbs'),
    line: 1,
    includedBy: [{ template: path.join(folder, 'templates/raw.hbs'), line: 2 }],
  });
});

test('plays that share a set or a parameter are refused before any connection, and so are parts of a play', async () => {
  const second = FILES['site.yml'].replace('id: edge', 'id: second');
  expect(await complaintsOf({ ...FILES, 'site.yml': FILES['site.yml'] + second })).toEqual([
    expect.stringContaining('would both own table ipv4 raw of gw1, gw2'),
    expect.stringContaining('would both own set blocked of gw1, gw2'),
    expect.stringContaining('would both own sysctl net.ipv4.ip_forward of gw1, gw2'),
  ]);
  expect(await complaintsOf(FILES, { only: ['fw'] })).toEqual([
    expect.stringMatching(/^tags-cut-a-play: the tags leave out 1 of the 2 templates of play "edge"/),
  ]);
});

test('what is wrong in a template of sets is told with what is wrong in the playbook', async () => {
  const files = { ...FILES, 'site.yml': FILES['site.yml'].replace('persist', 'persits') };
  expect(await complaintsOf({ ...files, 'templates/sets/blocked.hbs': '{{{x}}}' })).toEqual([
    'unknown-key: there is no key "persits" in the play',
    'raw-output: raw output ({{{ }}} or {{& }}) is not allowed',
  ]);
});

test('render -o writes a file for each part', async () => {
  const folder = folderWith(FILES);
  const output = path.join(folder, 'out');
  const { playbook, inventory } = requestFor(folder);
  await renderCommand.handler({
    playbook,
    inventory,
    output,
    'extra-vars': [],
    'vault-id': [],
    'vault-password-file': [],
    'ask-vault-password': false,
    limit: 'gw1',
    _: [],
    $0: '',
  } as never);
  const files = readdirSync(output).map((name) => [name, readFileSync(path.join(output, name), 'utf8')]);
  expect(Object.fromEntries(files)).toEqual({
    'gw1.ipv4.rules': expect.stringMatching(/^# gw1, ipv4, play edge\n\*raw\n/),
    'gw1.ipsets': '# gw1, ipsets, play edge\ncreate blocked hash:ip\nadd blocked 192.0.2.1\n',
    'gw1.sysctls': '# gw1, sysctls, play edge\nnet.ipv4.ip_forward = 1\n',
  });
});
