import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { lintFile } from '../../src/analysis/lint/file.ts';
import { formatInventory } from '../../src/lab/inventory.ts';
import { planLab } from '../../src/lab/plan.ts';
import { render } from './render.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const filesIn = (folder: string) => readdirSync(join(root, folder)).sort();
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');

const folder = mkdtempSync(join(tmpdir(), 'sluice-recipes-'));
const labInventory = join(folder, 'hosts');
const lab = planLab('lab-0000', { gateways: 2 });
writeFileSync(labInventory, formatInventory(lab, { user: 'root', keyFile: 'key', knownHostsFile: 'known' }));
afterAll(() => rmSync(folder, { recursive: true }));

const playbooks = filesIn('playbooks').filter((name) => name.endsWith('.yml'));
const partials = filesIn('templates/partials').map((name) => `partials/${name}`);
const templates = filesIn('templates').filter((name) => name.endsWith('.hbs'));
/** That of `sluice init` is for the inventory that comes with it. */
const inventoryOf = (playbook: string) =>
  playbook === 'site.yml' ? join(root, 'inventories/hosts') : labInventory;

describe('playbooks/', () => {
  test.each(playbooks)('%s renders in a lab, and lint knows no error in it', async (name) => {
    const plays = await render(inventoryOf(name), name.replace(/\.yml$/, ''), {});
    const rulesets = plays.flatMap((play) => play.rulesets);
    expect(rulesets).not.toHaveLength(0);
    const findings = rulesets.flatMap(({ text, family }) => lintFile(text, name, family).findings);
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('use every template', () => {
    const text = playbooks.map((name) => read('playbooks', name)).join('\n');
    expect(templates.filter((name) => !text.includes(`template: ${name}`))).toEqual([]);
  });
});

describe('templates/', () => {
  test.each([...templates, ...partials])('%s says first what it is for', (name) => {
    expect(read('templates', name)).toMatch(/^# [A-Z].{30}/);
  });

  test('are all in docs/recipes', () => {
    const pages = filesIn('docs/recipes').map((name) => read('docs/recipes', name));
    expect(templates.filter((name) => !pages.join('\n').includes(name.replace(/\..*/, '')))).toEqual([]);
  });
});

describe('templates/partials/', () => {
  const texts = templates.map((name) => read('templates', name));

  test.each(partials)(
    '%s is included by two templates at least, or they would be clearer without',
    (name) => {
      expect(texts.filter((text) => text.includes(`{{> ${name} `)).length).toBeGreaterThan(1);
    },
  );

  test('are what a template says it needs', () => {
    const included = [...texts.join('\n').matchAll(/\{\{> (\S+)/g)].map(([, name]) => name);
    expect([...new Set(included)].sort()).toEqual(partials);
  });
});

describe('base.rules.hbs', () => {
  const base = (vars: object) => ({
    id: 'base',
    hosts: 'gateways',
    vars,
    rules: [{ template: 'base.rules.hbs' }],
  });

  test.each([
    ['an empty list', { ssh_from: [] }, 'ssh_from is empty'],
    ['no list', {}, 'ssh_from is not defined'],
    ['a name', { ssh_from: ['office'] }, '"office" in (mandatory ssh_from) is no address'],
  ])('refuses %s of who may manage the gateway', async (_, vars, message) => {
    await expect(render(labInventory, base(vars), {})).rejects.toThrow(message);
  });

  test.each([
    [{}, 22],
    [{ ansible_port: 2222 }, 2222],
    [{ ansible_port: 2222, ssh_port: 22222 }, 22222],
  ])('opens the port that sshd listens at: %o', async (vars, port) => {
    const [play] = await render(labInventory, base({ ssh_from: ['10.0.0.0/8'], ...vars }), {});
    expect(play?.rulesets[0]?.text).toContain(`-A MANAGEMENT -p tcp --dport ${port} -j ACCEPT`);
  });
});
