import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { revisionOf } from '../../../src/cli/operations/revision.ts';

const folders: string[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const identity = ['-c', 'user.name=me', '-c', 'user.email=me@here', '-c', 'commit.gpgsign=false'];

function repository(): { readonly folder: string; git(...words: readonly string[]): string } {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-revision-'));
  folders.push(folder);
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-C', folder, ...identity, ...words], { encoding: 'utf8', stdio: 'pipe' }).trim();
  git('init', '--quiet');
  return { folder, git };
}

function committed() {
  const made = repository();
  writeFileSync(join(made.folder, 'edge.yml'), '[]\n');
  made.git('add', '.');
  made.git('commit', '--quiet', '--message', 'first');
  return { ...made, revision: made.git('rev-parse', 'HEAD') };
}

test('the commit, asked from any folder below, and whether anything differs from it', async () => {
  const { folder, revision } = committed();
  mkdirSync(join(folder, 'playbooks'));
  expect(await revisionOf(join(folder, 'playbooks'))).toEqual({ revision, clean: true });
  writeFileSync(join(folder, 'edge.yml'), '[] # changed\n');
  expect(await revisionOf(folder)).toEqual({ revision, clean: false });
});

test('a file that is not tracked counts, an ignored one does not', async () => {
  const { folder, git } = committed();
  writeFileSync(join(folder, '.gitignore'), '.sluice\n');
  git('add', '.');
  git('commit', '--quiet', '--message', 'second');
  mkdirSync(join(folder, '.sluice'));
  writeFileSync(join(folder, '.sluice/run.json'), '{}');
  expect(await revisionOf(folder)).toMatchObject({ clean: true });
  writeFileSync(join(folder, 'new.yml'), '[]\n');
  expect(await revisionOf(folder)).toMatchObject({ clean: false });
});

test('none where there is no commit, no repository, no folder or no git', async () => {
  expect(await revisionOf(repository().folder)).toBeUndefined();
  const outside = mkdtempSync(join(tmpdir(), 'sluice-revision-'));
  folders.push(outside);
  expect(await revisionOf(outside)).toBeUndefined();
  expect(await revisionOf(join(outside, 'nowhere'))).toBeUndefined();
  const { folder } = committed();
  vi.stubEnv('PATH', outside);
  expect(await revisionOf(folder)).toBeUndefined();
});

test('the repository that the environment names is not asked', async () => {
  const [here, other] = [committed(), repository()];
  vi.stubEnv('GIT_DIR', join(other.folder, '.git'));
  expect(await revisionOf(here.folder)).toEqual({ revision: here.revision, clean: true });
});

test("no program of the repository's is run, and none of its files is written", async () => {
  const { folder, git, revision } = committed();
  const program = join(folder, '.git/program');
  writeFileSync(program, `#!/bin/sh\ntouch ${folder}/.git/was-run\n`);
  chmodSync(program, 0o755);
  git('config', 'core.fsmonitor', program);
  writeFileSync(join(folder, '.git/index.lock'), '');
  expect(await revisionOf(folder)).toEqual({ revision, clean: true });
  expect(existsSync(join(folder, '.git/was-run'))).toBe(false);
});
