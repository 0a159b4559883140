import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type PreparedProject, prepareProject } from '../../../src/cli/operations/prepare.ts';
import { changedInputs, movedHosts } from '../../../src/cli/operations/resume-inputs.ts';
import { readResumeRecord, resumeRecordOf } from '../../../src/cli/operations/resume-record.ts';
import { startRunJournal } from '../../../src/cli/operations/run-journal.ts';
import { readInputs } from '../../../src/journal/read.ts';
import { folderWith } from '../../project/inventory-folders.ts';
import { NO_SETTINGS } from '../../settings/sources.ts';
import { noVault } from '../../vault/vaults.ts';

const FILES = {
  hosts: '[edge]\ngw1 ansible_host=192.0.2.1\ngw2 ansible_host=192.0.2.2\n',
  'templates/edge.rules.hbs':
    '*filter\n{{#if (eq inventory_hostname "gw2")}}\n{{> partials/outer.rules.hbs}}\n{{/if}}\nCOMMIT\n',
  'templates/partials/outer.rules.hbs': '{{> partials/inner.rules.hbs port=22}}\n',
  'templates/partials/inner.rules.hbs': '-A INPUT -p tcp --dport {{port}} -j ACCEPT\n',
  'edge.yml': '- { id: edge, hosts: edge, rules: [{ template: edge.rules.hbs }] }\n',
};

const placesIn =
  ({ inventory }: PreparedProject) =>
  (host: string) => [String(inventory.hosts.get(host)?.vars.ansible_host)];

/** A run that has begun, and its project. */
async function begunRun() {
  const folder = folderWith(FILES);
  const of = (name: string) => path.join(folder, name);
  const project = {
    playbook: of('edge.yml'),
    inventory: [of('hosts')],
    extraVars: [],
    tags: {},
    vault: noVault,
    cwd: folder,
    settings: NO_SETTINGS,
  };
  const prepared = await prepareProject(project);
  const asked = { project, onlyDrifted: false, takeOver: false, forks: 1 };
  const journal = await startRunJournal(
    '20260102T030405Z-00000001',
    {
      command: 'apply',
      argv: [],
      project,
      resume: resumeRecordOf(asked, prepared, prepared.plays, placesIn(prepared)),
    },
    prepared,
  );
  await journal.close();
  const run = path.join(folder, '.sluice/runs/20260102T030405Z-00000001');
  const record = await readResumeRecord(run);
  if (record === undefined) throw new Error('no record');
  return { folder, of, project, run, record };
}

test('the partials of a run are among its inputs, and one that changed since is told with its hosts', async () => {
  const { folder, of, project, run, record } = await begunRun();
  expect((await readInputs(run)).map((input) => path.relative(folder, input.path))).toEqual([
    'edge.yml',
    'templates/edge.rules.hbs',
    'templates/partials/outer.rules.hbs',
    'templates/partials/inner.rules.hbs',
    'hosts',
  ]);

  const changes = (now: PreparedProject) => changedInputs({ events: [], folder: run }, record, now, folder);
  expect(await changes(await prepareProject(project))).toBeUndefined();
  writeFileSync(of('templates/partials/inner.rules.hbs'), '-A INPUT -p tcp --dport {{port}} -j DROP\n');
  expect(await changes(await prepareProject(project))).toEqual({
    hosts: ['gw2'],
    files: [of('templates/partials/inner.rules.hbs')],
    unkept: [],
  });
});

test('hosts that are elsewhere than when the run began are told, and no address is kept', async () => {
  const { folder, of, project, run, record } = await begunRun();
  const moved = async () => {
    const now = await prepareProject(project);
    return movedHosts({ folder: run }, record, now, placesIn(now), folder);
  };
  expect(await moved()).toBeUndefined();
  expect(JSON.stringify(record)).not.toContain('192.0.2.');
  writeFileSync(of('hosts'), FILES.hosts.replace('192.0.2.2', '192.0.2.1'));
  expect(await moved()).toEqual({ hosts: ['gw2'], files: [of('hosts')], unkept: [] });
  const { places: _, ...older } = record;
  expect(
    await movedHosts({ folder: run }, older, await prepareProject(project), () => [], folder),
  ).toBeUndefined();
});

test('a file of variables that was written to since is named, though the journal has no copy of it', async () => {
  const { folder, of, project, run, record } = await begunRun();
  await clockTick();
  mkdirSync(of('group_vars'));
  writeFileSync(of('group_vars/edge.yml'), 'ansible_port: 2222\nport: 23\n');
  writeFileSync(of('templates/partials/outer.rules.hbs'), '{{> partials/inner.rules.hbs port=port}}\n');
  const changed = await changedInputs(
    { events: [], folder: run },
    record,
    await prepareProject(project),
    folder,
  );
  expect(changed?.files.map((file) => path.relative(folder, path.resolve(folder, file)))).toEqual([
    'templates/partials/outer.rules.hbs',
    'group_vars/edge.yml',
  ]);
});

/** Until the file system's clock, which is a coarse one, has another time than it had for the run. */
async function clockTick(): Promise<void> {
  const probe = path.join(folderWith({ probe: '' }), 'probe');
  const { ctimeMs } = statSync(probe);
  await expect
    .poll(() => {
      writeFileSync(probe, 'x');
      return statSync(probe).ctimeMs;
    })
    .toBeGreaterThan(ctimeMs);
}
