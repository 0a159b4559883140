import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ProblemsError } from '../../src/problem.ts';
import { loadExtraVars } from '../../src/project/extra-vars.ts';
import { loadPlaybook } from '../../src/project/playbook.ts';
import { noVault } from '../vault/vaults.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-playbook-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(files: { readonly [name: string]: string }): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

/** The messages of the problems that a promise ends in, without the test's folder. */
async function problemsOf(loading: Promise<unknown>): Promise<readonly string[]> {
  const error = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ProblemsError)) throw error ?? new Error('nothing was wrong');
  return error.problems.map(({ code, file, line, message, remedy }) =>
    `${code} ${file}:${line}: ${message} | ${remedy}`.replaceAll(`${folder}/`, ''),
  );
}

const play = (id: string, ...templates: string[]) =>
  `- id: ${id}\n  hosts: edge\n  rules:\n${templates.map((name) => `    - template: ${name}\n`).join('')}`;

describe('a playbook', () => {
  test('comes with its templates, each read once, from the places where people keep them', async () => {
    await write({
      'playbooks/site.yml': play('edge', 'near.hbs', 'lb/far.hbs', 'beside.hbs', 'near.hbs'),
      'playbooks/templates/near.hbs': '*filter\nCOMMIT\n',
      'playbooks/beside.hbs': '*nat\nCOMMIT\n',
      'templates/lb/far.hbs': '*raw\r\nCOMMIT\r\n',
      'templates/near.hbs': '{{{the nearer one is taken}}}',
    });
    const { plays, templates } = await loadPlaybook(join(folder, 'playbooks/site.yml'));
    expect(plays[0]?.rules).toHaveLength(4);
    const places = [...templates.values()].map(
      ({ name, file }) => `${name} ${file.replace(`${folder}/`, '')}`,
    );
    expect(places).toEqual([
      'near.hbs playbooks/templates/near.hbs',
      'lb/far.hbs templates/lb/far.hbs',
      'beside.hbs playbooks/beside.hbs',
    ]);
  });

  test('names every template that is missing or broken', async () => {
    await write({
      'site.yml': play('edge', 'a.hbs', 'b.hbs', 'c.hbs'),
      'templates/b.hbs': '{{#if x}}\n{{/each}}',
      'templates/c.hbs': '\n{{{x}}}',
    });
    expect(await problemsOf(loadPlaybook(join(folder, 'site.yml')))).toEqual([
      expect.stringMatching(
        /^unknown-template site\.yml:4: there is no template "a\.hbs" \| Looked for templates\/a\.hbs, a\.hbs, /,
      ),
      expect.stringMatching(/^template-syntax templates\/b\.hbs:1: /),
      expect.stringMatching(/^raw-output templates\/c\.hbs:2: /),
    ]);
  });

  test('comes with the partials of its templates, and with theirs, from the same places', async () => {
    await write({
      'playbooks/site.yml': play('edge', 'lb/a.hbs', 'shared.hbs'),
      'templates/lb/a.hbs': '{{> lb/b.hbs}}\n{{> near.hbs}}\n{{> shared.hbs}}\n',
      'templates/lb/b.hbs': '{{#if x}}\n{{else}}\n{{> "c of d.hbs"}}\n{{/if}}',
      'templates/c of d.hbs': '',
      'templates/shared.hbs': '',
      'playbooks/near.hbs': '{{> shared.hbs}}',
    });
    const { templates } = await loadPlaybook(join(folder, 'playbooks/site.yml'));
    expect([...templates.values()].map(({ file }) => file.replace(`${folder}/`, ''))).toEqual([
      'templates/lb/a.hbs',
      'templates/shared.hbs',
      'templates/lb/b.hbs',
      'playbooks/near.hbs',
      'templates/c of d.hbs',
    ]);
  });

  test('names every partial that is missing, broken, encrypted or its own, with the line that includes it', async () => {
    await write({
      'site.yml': play('edge', 'a.hbs'),
      'templates/a.hbs': '{{> b.hbs}}\n{{> none.hbs}}\n{{> short}}\n{{> lb}}\n{{> e.hbs}}\n{{> a.hbs}}\n',
      'templates/b.hbs': '{{{x}}}\n{{> also-none.hbs}}\n',
      'templates/short.rules.hbs': '',
      'templates/lb/x.hbs': '',
      'templates/e.hbs': '$ANSIBLE_VAULT;1.1;AES256\n61\n',
    });
    expect(await problemsOf(loadPlaybook(join(folder, 'site.yml')))).toEqual([
      expect.stringMatching(/^raw-output templates\/b\.hbs:1: /),
      expect.stringMatching(
        /^unknown-template templates\/a\.hbs:2: there is no template "none\.hbs" \| Looked for /,
      ),
      expect.stringMatching(
        /^unknown-template templates\/a\.hbs:3: there is no template "short" \| There is "short\.rules\.hbs": write it whole\. /,
      ),
      expect.stringMatching(/^unreadable-template templates\/a\.hbs:4: the template "lb" is a folder/),
      expect.stringMatching(/templates\/e\.hbs/),
      expect.stringMatching(/^unknown-template templates\/b\.hbs:2: there is no template "also-none\.hbs"/),
      expect.stringMatching(/^partial-circle templates\/a\.hbs:6: a\.hbs includes itself \|/),
    ]);
  });

  test('that is not there, or a folder, is a problem', async () => {
    await write({ 'x/y.yml': '' });
    expect(await problemsOf(loadPlaybook(join(folder, 'site.yml')))).toEqual([
      expect.stringContaining('unreadable-playbook site.yml:undefined: there is no such playbook'),
    ]);
    expect(await problemsOf(loadPlaybook(join(folder, 'x')))).toEqual([
      expect.stringContaining('this is a folder, not a playbook'),
    ]);
  });
});

describe('extra variables', () => {
  test('later ones win, files and words alike', async () => {
    await write({ 'vars.yml': 'vip: 203.0.113.1\nport: 80\n' });
    expect(
      await loadExtraVars(['port=1 x=y', `@${join(folder, 'vars.yml')}`, '{"port": 443}'], noVault),
    ).toEqual({
      vip: '203.0.113.1',
      port: 443,
      x: 'y',
    });
    expect(await loadExtraVars([], noVault)).toEqual({});
  });

  test('all problems are told', async () => {
    const problems = await problemsOf(loadExtraVars(['nonsense', `@${join(folder, 'none.yml')}`], noVault));
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'extra-vars -e',
      'unreadable-vars none.yml',
    ]);
  });
});
