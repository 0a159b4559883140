import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { program, ROOT, runStep, say } from './run.mjs';

/** Format, lint, types, unused code and shell scripts: runs them all, and answers whether all are content. */
export async function checkStatically() {
  const failed = [];
  for (const [name, hold] of STEPS) {
    say(name);
    if ((await hold()) !== 0) failed.push(name);
  }
  if (failed.length > 0) say(`NOT CLEAN: ${failed.join('; ')}`);
  return failed.length === 0;
}

const STEPS = [
  ['format and lint (biome)', () => runStep(program('biome'), ['ci', '--error-on-warnings'])],
  ['types (tsc)', () => runStep(program('tsc'), ['-p', '.'])],
  ['unused code (knip)', () => runStep(program('knip'), [])],
  ['shell scripts (shellcheck)', checkScripts],
];

/** The numbered scripts of the gateway are one program, in which what one defines the next one uses. */
async function checkScripts() {
  const all = readdirSync(join(ROOT, 'src'), { recursive: true })
    .sort()
    .map((name) => join('src', name));
  const parts = all.filter((name) => /^src\/gateway\/sh\/\d.*\.sh$/.test(name));
  const others = all.filter((name) => name.endsWith('.sh') && !parts.includes(name));
  const gatewayProgram = parts.map((name) => readFileSync(join(ROOT, name), 'utf8')).join('');
  const codes = [
    await runStep('shellcheck', ['--shell=sh', '-'], { stdin: gatewayProgram }),
    await runStep('shellcheck', ['--shell=sh', ...others]),
    // These say in their first line which shell runs them.
    await runStep('shellcheck', [
      '.ci/run',
      ...all.filter((name) => name.startsWith('src/bootstrap/no-services/')),
    ]),
  ];
  return Math.max(...codes);
}
