import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { openJournal } from '../../src/journal/journal.ts';
import { listRuns, readEvents, readRun } from '../../src/journal/read.ts';
import { ProblemsError } from '../../src/problem.ts';
import { armed, event, open, project, RUN, RUN_ID } from './example.ts';

const usualUmask = process.umask();
afterEach(() => {
  process.umask(usualUmask);
});

it('keeps a run so that it can be read again', async () => {
  const folder = join(project(), '.sluice');
  const inputs = [
    { path: '../shared/base.rules.hbs', content: '-A INPUT -j DROP\n' },
    { path: 'playbooks/edge.yml', content: Buffer.from('- id: edge\n') },
    { path: '../shared/base.rules.hbs', content: '-A INPUT -j DROP\n' },
  ];
  const journal = openJournal({ folder, runId: RUN_ID, run: RUN, inputs });
  journal.append(event(1));
  journal.append(event(2, { type: 'plan.diff', id: 'd1', text: '-A INPUT\n+A INPUT \u2028 ü\n' }));
  await journal.close();

  expect(await listRuns(folder)).toEqual([journal.folder]);
  const stored = await readRun(journal.folder);
  expect(stored).toMatchObject({ id: RUN_ID, run: RUN });
  expect(stored.events).toEqual([
    event(1),
    event(2, { type: 'plan.diff', id: 'd1', text: '-A INPUT\n+A INPUT \u2028 ü\n' }),
  ]);
  expect(stored.inputs.map((input) => input.path)).toEqual([
    '../shared/base.rules.hbs',
    'playbooks/edge.yml',
  ]);
  for (const { file, sha256 } of stored.inputs) {
    const copy = readFileSync(join(journal.folder, file));
    expect(createHash('sha256').update(copy).digest('hex')).toBe(sha256);
  }
  expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('*\n');
});

it.each([0, 0o077, 0o777])('is for its owner alone under umask %o', async (umask) => {
  const folder = join(project(), '.sluice');
  process.umask(umask);
  const inputs = [{ path: 'hosts', content: 'gw-1\n' }];
  const journal = openJournal({ folder, runId: RUN_ID, run: RUN, inputs });
  journal.append(event(1));
  journal.hostFile('gw-1', 't1', 'before.ipv4.save', '*filter\n');
  await journal.close();
  process.umask(usualUmask);

  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const modes = entries.map((entry) => {
    const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
    return `${entry.isDirectory() ? 'folder' : 'file'} ${mode.toString(8)}`;
  });
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(new Set(modes)).toEqual(new Set(['folder 700', 'file 600']));
  expect(modes).toHaveLength(12);
});

it('leaves a journal folder that is there as it is', async () => {
  const folder = join(project(), '.sluice');
  await open({ folder }).close();
  writeFileSync(join(folder, '.gitignore'), 'mine\n');
  await open({ folder, runId: '20261121T024501Z-b' }).close();
  expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('mine\n');
  expect(await listRuns(folder)).toEqual([
    join(folder, 'runs', RUN_ID),
    join(folder, 'runs', '20261121T024501Z-b'),
  ]);
});

it('keeps two journals apart that are written at once', async () => {
  const folder = join(project(), '.sluice');
  const ids = ['20261121T024500Z-a', '20261121T024500Z-b'];
  const journals = ids.map((runId) => open({ folder, runId }));
  for (let seq = 1; seq <= 50; seq += 1) {
    for (const [index, journal] of journals.entries()) journal.append(event(seq, armed(`gw-${index}`)));
  }
  await Promise.all(journals.map((journal) => journal.close()));
  for (const [index, journal] of journals.entries()) {
    const events = await readEvents(journal.folder);
    expect(events).toHaveLength(50);
    expect(events.every((one) => one.type === 'host.armed' && one.host === `gw-${index}`)).toBe(true);
  }
});

it('gives a run id to one run only', async () => {
  const folder = join(project(), '.sluice');
  await open({ folder }).close();
  expect(refusalOf(() => open({ folder }))).toMatchObject({ code: 'run-exists' });
});

it('keeps the texts of many hosts, each whole', async () => {
  const journal = open();
  const text = (host: number, name: string) => `${host} ${name} `.repeat(5_000);
  const names = ['before.ipv4.save', 'desired.ipv4.rules', 'gateway.log'];
  const hosts = Array.from({ length: 40 }, (_, index) => index);
  for (const host of hosts) {
    for (const name of names) journal.hostFile(`gw/${host}`, 't1', name, text(host, name));
  }
  await journal.close();
  for (const host of hosts) {
    const folder = join(journal.folder, 'hosts', `gw%2F${host}`, 't1');
    expect(readdirSync(folder).sort()).toEqual(names);
    for (const name of names) expect(readFileSync(join(folder, name), 'utf8')).toBe(text(host, name));
  }
});

it('writes once what several hosts have in common, and replaces it for one alone', async () => {
  const journal = open();
  const fileOf = (host: string) => join(journal.folder, 'hosts', host, 't1', 'diff');
  const hosts = ['gw-1', 'gw-2', 'gw-3'];
  for (const host of hosts) journal.hostFile(host, 't1', 'diff', '+one\n');
  expect(new Set(hosts.map((host) => statSync(fileOf(host)).ino)).size).toBe(1);

  journal.hostFile('gw-1', 't1', 'diff', '+two\n');
  expect(hosts.map((host) => readFileSync(fileOf(host), 'utf8'))).toEqual(['+two\n', '+one\n', '+one\n']);
  // Said again, and after the one that it shares was taken away.
  journal.hostFile('gw-1', 't1', 'diff', '+two\n');
  rmSync(fileOf('gw-1'));
  journal.hostFile('gw-2', 't1', 'diff', '+two\n');
  await journal.close();
  expect(readFileSync(fileOf('gw-2'), 'utf8')).toBe('+two\n');
  expect(readdirSync(dirname(fileOf('gw-2')))).toEqual(['diff']);
});

it("replaces a text, and what a killed process left of one is in nobody's way", async () => {
  const journal = open();
  const folder = join(journal.folder, 'hosts', 'gw-1', 't1');
  journal.hostFile('gw-1', 't1', 'gateway.log', 'one');
  writeFileSync(join(folder, '~left'), 'ha');
  journal.hostFile('gw-1', 't1', 'gateway.log', 'two');
  await journal.close();
  expect(readdirSync(folder).sort()).toEqual(['gateway.log', '~left']);
  expect(readFileSync(join(folder, 'gateway.log'), 'utf8')).toBe('two');
});

it('says what is in the way of the folder', () => {
  const folder = join(project(), '.sluice');
  writeFileSync(folder, 'a file');
  expect(refusalOf(() => open({ folder }))).toMatchObject({
    code: 'journal-unwritable',
    file: folder,
    remedy: 'A file stands where a folder should be: move it away.',
  });
  const nowhere = join(project(), 'no', 'such', '.sluice');
  expect(refusalOf(() => open({ folder: nowhere }))?.remedy).toMatch(/^Make the directory above it first/);
});

it('takes no event after it was closed', async () => {
  const journal = open();
  await journal.close();
  await journal.close();
  expect(() => journal.append(event(1))).toThrow('event after the journal was closed: host.armed');
});

it('tells once that the disk is full, and stays readable', async ({ skip, onTestFinished }) => {
  const disk = smallDisk();
  if (disk === undefined) return skip('only root may mount a small disk');
  onTestFinished(() => {
    execFileSync('umount', [disk]);
    rmdirSync(disk);
  });
  const journal = open({ folder: join(disk, '.sluice') });
  const append = (seq: number) => journal.append(event(seq, armed('x'.repeat(1_500))));
  let last = 0;
  let failure: unknown;
  while (failure === undefined) {
    try {
      append(last + 1);
      last += 1;
    } catch (error) {
      failure = error;
    }
  }
  expect(failure).toBeInstanceOf(ProblemsError);
  expect((failure as ProblemsError).problems).toMatchObject([
    {
      code: 'journal-unwritable',
      file: join(journal.folder, 'events.jsonl'),
      remedy: expect.stringContaining('disk is full'),
    },
  ]);
  expect(() => journal.hostFile('gw-1', 't1', 'gateway.log', 'x'.repeat(10_000))).toThrow('no space left');
  expect(() => append(last + 2)).not.toThrow();
  await journal.close();

  const text = readFileSync(join(journal.folder, 'events.jsonl'), 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  expect((await readEvents(journal.folder)).map((one) => one.seq)).toEqual(
    Array.from({ length: last }, (_, index) => index + 1),
  );
});

/** The one problem of a refusal. */
function refusalOf(action: () => unknown) {
  try {
    action();
  } catch (error) {
    if (error instanceof ProblemsError && error.problems.length === 1) return error.problems[0];
    throw error;
  }
  return undefined;
}

/** A file system of 64 KB, where this process may mount one. */
function smallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'sluice-test', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmdirSync(folder);
    return undefined;
  }
}
