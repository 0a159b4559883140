import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SLUICE } from './fleet.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What is installed where nothing is built: the program alone, beside the package's manifest. */
let folder: string;
let main: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-launch-'));
  main = join(folder, 'dist/cli/main.js');
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  cpSync(dirname(SLUICE), dirname(main), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const help = () => execFileSync(main, ['--help'], { encoding: 'utf8' });

it('can be run as it is, as npm links it', () => {
  expect(statSync(SLUICE).mode & 0o111).toBe(0o111);
  expect(help()).toMatch(/^sluice COMMAND: /);
});

it('is text that V8 keeps in a byte a character', () => {
  const beyond = readFileSync(join(dirname(main), 'sluice.cjs')).filter((byte) => byte > 127);
  expect(beyond).toHaveLength(0);
});

it('starts from what V8 compiled when it was built', () => {
  const { cached, read } = createRequire(import.meta.url)(SLUICE);
  expect(read(cached()).cachedDataRejected).toBe(false);
});

it.each([
  ['lost', (file: string) => rmSync(file)],
  ['cut', (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 1000))],
  ['damaged', (file: string) => writeFileSync(file, readFileSync(file).fill('x', 100_000, 200_000))],
  ['empty', (file: string) => writeFileSync(file, '')],
])('starts as well where that is %s', (_, harm) => {
  const whole = help();
  harm(`${dirname(main)}/sluice.cjs.cache`);
  expect(help()).toBe(whole);
});

it('never takes it for that of another program of the same length', () => {
  const program = `${dirname(main)}/sluice.cjs`;
  writeFileSync(
    program,
    readFileSync(program, 'utf8').replace('without locking yourself out', 'and lock everybody else out.'),
  );
  expect(help()).toContain('and lock everybody else out.');
});

/** Prints by how many MB the young generation grew when much of it was still in use at its collections, once the program is done. */
const PROBE = `process.on('exit', () => {
  const { getHeapSpaceStatistics } = require('node:v8');
  const size = () => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size;
  const before = size();
  for (let kept = [], made = 0; made < 2_000_000; made += 1) {
    kept.push({ made });
    if (kept.length > 200_000) kept = [];
  }
  process.stderr.write(String((size() - before) / 2 ** 20));
});`;

it('takes no more memory for what is young than its start took', () => {
  const probe = join(folder, 'probe.cjs');
  writeFileSync(probe, PROBE);
  const grownMb = (program: string) =>
    Number(spawnSync(process.execPath, ['--require', probe, program, '--help'], { encoding: 'utf8' }).stderr);
  const other = join(folder, 'other.cjs');
  writeFileSync(other, '');
  expect(grownMb(main)).toBeLessThan(2);
  expect(grownMb(other)).toBeGreaterThan(2);
});
