import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { LABS_FOLDER } from '../../src/lab/lab.ts';
import { exitCodeOf } from '../../src/lab/program.ts';
import { describeWithLab } from './skip.ts';

/** As `npm test` has built it. */
const DEMO = fileURLToPath(new URL('../../dist/lab/demo.js', import.meta.url));

await describeWithLab('the demo', () => {
  test('proves what it says, in plain text, and leaves nothing behind', { timeout: 600_000 }, async () => {
    const { exitCode, text } = await runDemo();
    expect(text).not.toContain('✗');
    expect(exitCode, text).toBe(0);
    expect(headings(text)).toEqual(['a', 'b', 'c', 'd']);
    expect(text).toContain('$ sluice apply playbooks/reverse-proxy.yml');
    expect(text).toMatch(/gw6( +100){3}( +100){3}\n/);
    expect(text).toContain('gw1 1, gw2 1, gw3 1, gw4 1, gw5 1, gw6 1\n');
    expect(text).toContain('rolled back: [gw1] by the gateway at its deadline');
    expect(text).toContain('rolled back: [gw1] by the controller');
    expect(text.match(/[0-9a-f]{8} = /g)).toHaveLength(24);
    expect(text).toMatch(/\nPROVED: all 20 expectations held, in \d+ s\.\n/);
    expect(text).not.toContain('\x1b');
    expect(leftovers(text)).toEqual([]);
  });

  test('leaves nothing behind when it is told to stop', async () => {
    const { exitCode, text } = await runDemo((demo, soFar) => {
      if (!demo.killed && soFar.includes('WAVE [canary')) demo.kill('SIGTERM');
    });
    expect(text).toContain('Interrupted. Nothing is left of the lab.');
    expect(exitCode).toBe(143);
    expect(headings(text)).toEqual(['a']);
    expect(leftovers(text)).toEqual([]);
  });
});

/** Runs the demo without a terminal; `heard` is told whenever it has printed more. */
async function runDemo(heard: (demo: ChildProcess, soFar: string) => void = () => undefined) {
  const demo = spawn(process.execPath, [DEMO], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [demo.stdout, demo.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      heard(demo, text);
    });
  }
  const [code, killedBy] = await once(demo, 'close');
  return { exitCode: exitCodeOf(code, killedBy), text };
}

function headings(text: string): readonly string[] {
  return [...text.matchAll(/^([a-z])\) .*\n=+$/gm)].map(([, letter = '']) => letter);
}

/** What the demo said it made, and is still there. */
function leftovers(text: string): readonly string[] {
  const [lab] = /lab-[0-9a-f]+/.exec(text) ?? [];
  const [project] = /\/\S*sluice-demo-[^\s,]+/.exec(text) ?? [];
  const made = [`${LABS_FOLDER}/${lab}`, `${project}`];
  expect([lab, project]).not.toContain(undefined);
  return made.filter((path) => existsSync(path));
}
