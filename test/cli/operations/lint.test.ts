import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { lintAll } from '../../../src/cli/operations/lint.ts';
import { linted } from '../../../src/cli/operations/project-lint.ts';
import { formatInventory } from '../../../src/lab/inventory.ts';
import { planLab } from '../../../src/lab/plan.ts';
import { ProblemsError } from '../../../src/problem.ts';
import { planEventSchema } from '../../../src/rollout/plan-events.ts';
import { folderWith } from '../../project/inventory-folders.ts';
import { NO_SETTINGS } from '../../settings/sources.ts';
import { noVault } from '../../vault/vaults.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

function lint(
  names: readonly string[],
  folder: string,
  more: { readonly limit?: string; readonly stdin?: string; readonly inventory?: string } = {},
) {
  const { limit, stdin = '', inventory = path.join(folder, 'hosts') } = more;
  return lintAll({
    names,
    project: {
      inventory: [inventory],
      extraVars: [],
      tags: {},
      vault: noVault,
      cwd: folder,
      settings: NO_SETTINGS,
      limit,
    },
    stdin: Readable.from([stdin]),
  });
}

async function problemsOf(run: Promise<unknown>): Promise<readonly string[]> {
  const error: unknown = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ProblemsError)) throw error ?? new Error('nothing was wrong');
  return error.problems.map(({ code }) => code);
}

const PROJECT = {
  hosts:
    '[edge]\ngw1 ansible_host=192.0.2.1\ngw2 ansible_host=192.0.2.2 special=yes\ngw3 ansible_host=192.0.2.3\n',
  'edge.yml': `
- id: edge
  hosts: edge
  rules: [{ template: nat.hbs }]
  sysctls: { net.ipv4.ip_forward: "{{forward}}" }
  vars: { forward: 1 }
`,
  'templates/nat.hbs': `*nat
# sluice: allow N5 a lab with one network
{{#each (hosts "edge")}}
{{/each}}
-A POSTROUTING -j MASQUERADE
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination {{ansible_host}}
{{#if special}}
-A PREROUTING -p udp --dport 53 -j DNAT --to-destination 10.0.0.1
{{/if}}
COMMIT
`,
};

describe('what playbooks would give', () => {
  test('a line of a template is told once, with its hosts; comments silence theirs', async () => {
    const folder = folderWith({
      ...PROJECT,
      'templates/nat.hbs': PROJECT['templates/nat.hbs'].replace(' special', ' ansible_host'),
    });
    const file = path.join(folder, 'templates/nat.hbs');
    const result = await lint([path.join(folder, 'edge.yml')], folder);
    expect(result).toMatchObject({ silenced: 1, unread: [], warnings: [] });
    expect(result.findings).toMatchObject([
      { id: 'N1', place: { file, line: 8 }, hosts: ['gw1', 'gw2', 'gw3'] },
    ]);
    const event = {
      time: '2026-01-02T03:04:05.678Z',
      run: 'r',
      seq: 1,
      type: 'lint.found',
      findings: linted(result.findings),
    };
    expect(planEventSchema.safeParse(event)).toMatchObject({
      data: { findings: [{ id: 'N1', file, line: 8, hosts: 3, host: 'gw1' }] },
    });
    expect(result.seen).toEqual([`3 hosts of ${path.join(folder, 'edge.yml')}`]);
  });

  test('a comment that silences nothing is told, but not where only a part of the hosts was looked at', async () => {
    const idle = PROJECT['templates/nat.hbs']
      .replace('-A POSTROUTING -j', '-A POSTROUTING -o wan -j')
      .replace('{{#if special}}', '{{#if ansible_host}}');
    const folder = folderWith({ ...PROJECT, 'templates/nat.hbs': idle });
    const idsOf = async (limit?: string) =>
      (
        await lint([path.join(folder, 'edge.yml')], folder, limit === undefined ? {} : { limit })
      ).findings.map(({ id }) => id);
    expect(await idsOf()).toEqual(['C3', 'N1']);
    expect(await idsOf('gw1')).toEqual(['N1']);
  });

  test('a line of a partial is told as its own, once, and a comment there silences it wherever it is included', async () => {
    const masquerade = '-A POSTROUTING -j MASQUERADE\n';
    const lintWith = async (first: string, partial: string) => {
      const folder = folderWith({
        ...PROJECT,
        'templates/nat.hbs': `*nat\n${first}{{> out.hbs}}\n{{> out.hbs}}\nCOMMIT\n`,
        'templates/out.hbs': partial,
      });
      const { findings, silenced } = await lint([path.join(folder, 'edge.yml')], folder);
      const places = findings.map(
        ({ id, place }) => `${id} ${path.relative(folder, place.file)}:${place.line}`,
      );
      return { places, silenced, messages: findings.map(({ message }) => message) };
    };
    const allow = '# sluice: allow N5 a lab with one network\n';
    expect((await lintWith('', `# out\n${masquerade}`)).places).toEqual(['N5 templates/out.hbs:2']);
    expect(await lintWith('', allow + masquerade)).toMatchObject({ places: [], silenced: 1 });
    // Where it is included, it would be for a line that is none.
    expect(await lintWith(allow, masquerade)).toMatchObject({
      places: ['C3 templates/nat.hbs:2', 'N5 templates/out.hbs:1'],
      messages: [expect.stringContaining('line 3 has no finding N5'), expect.anything()],
    });
  });

  test('what the play sets of the kernel is known', async () => {
    const plain = PROJECT['templates/nat.hbs'].replace(/\{\{#if[\s\S]*?\{\{\/if\}\}\n/, '');
    const folder = folderWith({
      ...PROJECT,
      'templates/nat.hbs': plain,
      'edge.yml': PROJECT['edge.yml'].replace('forward: 1', 'forward: 0'),
    });
    expect((await lint([path.join(folder, 'edge.yml')], folder)).findings).toMatchObject([
      { id: 'F8', severity: 'error', hosts: ['gw1', 'gw2', 'gw3'] },
    ]);
  });

  test('DNAT of the very address and port that a gateway is logged in to, on that gateway alone', async () => {
    const rule =
      '*nat\n-A PREROUTING -d 192.0.2.2 -p tcp --dport 22 -j DNAT --to-destination 10.0.0.1\nCOMMIT\n';
    const folder = folderWith({ ...PROJECT, 'templates/nat.hbs': rule });
    expect((await lint([path.join(folder, 'edge.yml')], folder)).findings).toMatchObject([
      { id: 'N1', cutsAccess: true, hosts: ['gw2'] },
    ]);
  });

  test('without names, the playbooks of the project', async () => {
    const folder = folderWith(PROJECT);
    expect(await problemsOf(lint([], folder))).toEqual(['usage']);
    const { 'edge.yml': playbook, ...rest } = PROJECT;
    const whole = folderWith({
      ...rest,
      'playbooks/edge.yml': playbook.replace('rules: [{ template: nat.hbs }]', 'rules: []'),
    });
    // The names are relative to where sluice runs, which is not this folder.
    expect(await problemsOf(lint([], whole))).toEqual(['unreadable-playbook']);
  });
});

describe('files', () => {
  test('standard input, a save, a script; all problems at once', async () => {
    const folder = folderWith({
      'old.rules': '*nat\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n',
      'fw.sh': '#!/bin/sh\niptabels -F\n',
      'page.hbs': '*nat\n-A POSTROUTING -o {{wan}} -j MASQUERADE\nCOMMIT\n',
      'partial.hbs': '# for iptables\n-A INPUT -s {{from}} -j ACCEPT\n',
      notes: 'nothing of that kind',
    });
    const of = (name: string) => path.join(folder, name);
    const { findings, seen } = await lint(['-', of('old.rules'), of('fw.sh')], folder, {
      stdin: '*filter\n-A INPUT -p udp --sport 53 -j ACCEPT\nCOMMIT\n',
    });
    expect(findings.map(({ id, place }) => `${path.basename(place.file)}:${place.line} ${id}`)).toEqual([
      'fw.sh:2 S2',
      'old.rules:2 N5',
      'stdin:2 F5',
    ]);
    expect(seen).toEqual(['1 rule of stdin', `1 rule of ${of('old.rules')}`, `0 rules of ${of('fw.sh')}`]);
    expect(
      await problemsOf(lint([of('page.hbs'), of('partial.hbs'), of('notes'), of('absent')], folder)),
    ).toEqual(['lint-template', 'lint-template', 'lint-nothing', 'unreadable-rules']);
  });
});

describe('our own playbooks and templates have no findings', () => {
  const lab = planLab('lint', { gateways: 6 });
  const login = { user: 'root', keyFile: 'key', knownHostsFile: 'known' } as const;

  test.each(readdirSync(path.join(root, 'playbooks')).filter((name) => name.endsWith('.yml')))(
    '%s',
    async (name) => {
      const folder = folderWith({ hosts: formatInventory(lab, login) });
      const playbook = path.join(root, 'playbooks', name);
      const isForLab = /^ {2}hosts: gateways/m.test(readFileSync(playbook, 'utf8'));
      const inventory = isForLab ? path.join(folder, 'hosts') : path.join(root, 'inventories');
      const { findings } = await lint([playbook], folder, { inventory });
      expect(findings).toEqual([]);
    },
  );
});
