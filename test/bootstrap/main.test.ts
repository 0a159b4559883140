import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Checkout, freshCheckout, lockFile, ROLLDOWN_FAILS } from './checkout.ts';

const INSTALL = 'npm ci --include=dev --no-audit --no-fund';
const COMPILE = ['rolldown', 'warm-up'];
const isRoot = process.getuid?.() === 0;

let checkout: Checkout;
beforeEach(() => {
  checkout = freshCheckout();
});
afterEach(() => checkout.remove());

it('installs, compiles and runs the tests; their exit code and arguments are passed on', async () => {
  const { code } = await checkout.run(['test', 'test/ssh', '-t', 'a name']);
  expect(checkout.calls()).toEqual([INSTALL, ...COMPILE, 'vitest run test/ssh -t a name']);
  expect(code).toBe(7);
});

it('does nothing twice', async () => {
  await checkout.run(['test']);
  checkout.calls();
  const { said } = await checkout.run(['test']);
  expect(checkout.calls()).toEqual(['vitest run']);
  expect(said).not.toMatch(/install|compil/);
});

it('installs again when the lock file is another one', async () => {
  await checkout.run(['test']);
  checkout.calls();
  checkout.write('package-lock.json', lockFile('1.0.1'));
  await checkout.run(['test']);
  expect(checkout.calls()).toEqual([INSTALL, ...COMPILE, 'vitest run']);
});

it('installs again when an installation was left half done', async () => {
  await checkout.run(['test']);
  checkout.calls();
  checkout.write('node_modules/.package-lock.json', '{ "packages": {');
  await checkout.run(['test']);
  expect(checkout.calls()).toEqual([INSTALL, 'vitest run']);
});

it.each([
  ['changed', 'src/a.ts', 'export const a = 2;'],
  ['new', 'src/lab/b.ts', ''],
])('compiles again when a source is %s', async (_, file, text) => {
  await checkout.run(['test']);
  checkout.calls();
  checkout.write(file, text);
  await checkout.run(['test']);
  expect(checkout.calls()).toEqual([...COMPILE, 'vitest run']);
});

it('compiles again with another version of Node, whose V8 has use for what it compiled itself alone', async () => {
  await checkout.run(['test']);
  checkout.calls();
  const other = 'data:text/javascript,Object.defineProperty(process,"version",{value:"v99.0.0"})';
  await checkout.run(['test'], { nodeOptions: ['--import', other] });
  expect(checkout.calls()).toEqual([...COMPILE, 'vitest run']);
});

it('compiles again where that was left half done, though the sources are as before', async () => {
  await checkout.run(['test']);
  checkout.write('src/a.ts', 'export const a = 2;');
  const rolldown = 'node_modules/rolldown/index.js';
  const good = readFileSync(join(checkout.folder, rolldown), 'utf8');
  checkout.write(rolldown, ROLLDOWN_FAILS);
  await checkout.run(['test']);
  checkout.calls();
  checkout.write('src/a.ts', 'export const a = 1;');
  checkout.write(rolldown, good);
  await checkout.run(['test']);
  expect(checkout.calls()).toEqual([...COMPILE, 'vitest run']);
});

it('stops where the packages can not be installed', async () => {
  checkout.write('offline', '');
  const { code, said } = await checkout.run(['test']);
  expect(checkout.calls()).toEqual([INSTALL]);
  expect(said).toContain('npm ci failed with exit code 3');
  expect(code).toBe(1);
});

it('stops where the sources do not compile, and tries again the next time', async () => {
  checkout.write('rolldown.js', ROLLDOWN_FAILS);
  const { code, said } = await checkout.run(['test']);
  expect(said).toMatch(/a source is wrong\nsluice: src does not compile/);
  expect(code).toBe(1);
  await checkout.run(['test']);
  expect(checkout.calls()).toEqual([INSTALL, 'rolldown', 'rolldown']);
});

it('two at once install and compile once', async () => {
  await Promise.all([checkout.run(['test']), checkout.run(['test'])]);
  expect(checkout.calls().toSorted()).toEqual([INSTALL, ...COMPILE, 'vitest run', 'vitest run'].toSorted());
});

it('a signal ends the tests and all that they started, and is told by the exit code', async () => {
  checkout.write('vitest.sh', '#!/bin/sh\nsleep 1000 & echo $$ $! >pids; echo started; wait\n', 0o755);
  const child = checkout.start(['test']);
  if (child.stdout === null) throw new Error('no stdout');
  await once(child.stdout, 'data');
  const pids = readFileSync(join(checkout.folder, 'pids'), 'utf8').trim().split(' ');
  child.kill('SIGTERM');
  // Its output closes when the last one that could write to it has ended.
  const [code] = await once(child, 'close');
  expect(code).toBe(143);
  await expect.poll(() => pids.filter(isRunning), { timeout: 60_000 }).toEqual([]);
});

it('a signal while packages are installed ends everything', async () => {
  checkout.write('bin/npm', '#!/bin/sh\necho "npm $*" >>calls; echo started; sleep 1000\n', 0o755);
  const child = checkout.start(['test']);
  if (child.stdout === null) throw new Error('no stdout');
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  const [code] = await once(child, 'close');
  expect(code).toBe(143);
  expect(checkout.calls()).toEqual([INSTALL]);
});

it('the demo stops where it is not root, and says so', async () => {
  const { code, said } = await checkout.run(['demo'], isRoot ? { uid: 65_534 } : {});
  expect(said).toContain('only root may');
  expect(code).toBe(1);
  expect(checkout.calls()).toEqual([]);
});

it('says which Node it needs', async () => {
  const older = "data:text/javascript,Object.defineProperty(process.versions, 'node', { value: '20.18.3' })";
  const { code, said } = await checkout.run(['test'], { nodeOptions: ['--import', older] });
  expect(said).toContain('sluice needs Node 20.19 or later; this is 20.18.3.');
  expect(code).toBe(1);
  expect(checkout.calls()).toEqual([]);
});

it('says which flags the chaos has, and does nothing, where one is unknown', async () => {
  const { code, said } = await checkout.run(['chaos', '--falts', '3']);
  expect(said).toMatch(
    /Unknown option '--falts'[\s\S]*usage: npm run chaos -- \[--seed SEED\] \[--faults FAULTS\]/,
  );
  expect(code).toBe(1);
  expect(checkout.calls()).toEqual([]);
});

it('says how it is called', async () => {
  const { code, said } = await checkout.run(['tets']);
  expect(said).toContain('demo | test | check');
  expect(code).toBe(1);
});

/** A process that only waits to be reaped runs no more. */
function isRunning(pid: string): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
