import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import * as commands from '../../src/gateway/commands.ts';
import { formatPayload } from '../../src/gateway/program.ts';
import { desiredState } from './desired.ts';

const scripts = { boot: 'BOOT', kept: 'KEPT', program: 'PROGRAM\n', helper: '' };
const ruleset = { family: 'ipv4' as const, text: '*filter\nCOMMIT\n', tables: ['filter'], sources: [] };
const request = {
  token: 't1',
  play: 'edge',
  owner: 'me@here',
  confirmWithinSeconds: 60,
  desired: desiredState([ruleset]),
};

test.each([
  [commands.probe(scripts), ['probe']],
  [commands.inspect(scripts, 'edge', desiredState([ruleset])), ['inspect', 'edge']],
  [commands.begin(scripts, request), ['begin', 't1', 'edge', 'me@here', '60']],
  [commands.begin(scripts, { ...request, undoOf: 't0' }), ['begin', 't1', 'edge', 'me@here', '60', 't0']],
  [commands.report(scripts), ['report']],
  [commands.unlock(scripts), ['unlock']],
])('a command runs the boot text as root, its words as arguments', (command, args) => {
  expect(command).toMatchObject({ program: 'BOOT', args, become: true });
  expect(command.stdin?.toString()).toMatch(/^\d+\nPROGRAM\nexit #%sluice-payload\n/);
});

test.each([
  [commands.confirm(scripts, 't1'), ['confirm', 't1']],
  [commands.rollback(scripts, 't1', 'two\nlines'), ['rollback', 't1', 'two lines']],
  [commands.status(scripts, 't1'), ['status', 't1']],
])('what asks for a transaction sends no program', (command, args) => {
  expect(command).toMatchObject({ program: 'KEPT', args, become: true });
  expect(command.stdin).toBeUndefined();
});

test("a token is a word: no other folder's program is run", () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-kept-'));
  const sh = readFileSync(new URL('../../src/gateway/sh/kept.sh', import.meta.url), 'utf8');
  try {
    writeFileSync(path.join(folder, 'sluice.sh'), 'echo run');
    const kept = sh.replace('/var/lib/sluice/tx', path.dirname(folder));
    const ask = (token: string) =>
      execFileSync('sh', ['-c', kept, 'sluice', '', 'status', token], { encoding: 'utf8' });
    const name = path.basename(folder);
    expect(ask(name)).toBe('run\n');
    const said = process.getuid?.() === 0 ? '#sluice end gone\n' : expect.stringContaining('not-root');
    for (const token of ['', '.', '..', `./${name}`, `${name}/../${name}`, 'none', 'a b'])
      expect(ask(token)).toEqual(said);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the boot text runs the program, which unpacks its files to the byte', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-payload-'));
  const sh = (name: string) => readFileSync(new URL(`../../src/gateway/sh/${name}`, import.meta.url), 'utf8');
  const text = '*filter\n-A INPUT -m comment --comment "it\'s 100% $HOME `id` é"\nCOMMIT\n';
  try {
    const program = `${sh('00-base.sh')}\nunpack "$2" && echo unpacked`;
    const stdin = formatPayload(program, [{ name: 'desired.ipv4', text }]);
    const said = execFileSync('sh', ['-c', sh('boot.sh'), 'sluice', '', folder], {
      input: stdin,
      encoding: 'utf8',
    });
    expect(said).toBe('unpacked\n');
    expect(readFileSync(path.join(folder, 'desired.ipv4'), 'utf8')).toBe(text);
    expect(readFileSync(path.join(folder, 'sluice.sh'), 'utf8')).toBe(`${program}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a text that could end the payload is misuse', () => {
  expect(() => formatPayload('', [{ name: 'desired.ipv4', text: '*filter\n#%sluice-done\n' }])).toThrow(
    /desired.ipv4/,
  );
});
