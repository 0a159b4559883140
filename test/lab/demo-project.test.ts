import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { changeLine, makeProject, removeProject, replaceLine, runsOf } from '../../src/lab/demo-project.ts';

let folder: string;
beforeAll(async () => {
  folder = await makeProject();
});
afterAll(() => removeProject(folder));

test('a project has copies, so that changes leave the examples alone', async () => {
  const [file, from, to] = ['playbooks/reverse-proxy.yml', 'backend_port: 80', 'backend_port: 8080'];
  const example = readFileSync(file, 'utf8');
  const line = await changeLine(folder, { file, from, to });
  expect(readFileSync(join(folder, file), 'utf8').split('\n')[line - 1]).toBe('    backend_port: 8080');
  expect(readFileSync(file, 'utf8')).toBe(example);
  await changeLine(folder, { file, from: to, to: from });
  expect(readFileSync(join(folder, file), 'utf8')).toBe(example);
});

test('it has no runs at first, and can be removed', async () => {
  expect(await runsOf(folder)).toEqual([]);
  const other = await makeProject();
  await removeProject(other);
  expect(existsSync(other)).toBe(false);
});

test('a line to be replaced stands there exactly once', () => {
  expect(replaceLine('a\n  b\nb c\n', 'b', '$& d')).toEqual({ text: 'a\n  $& d\nb c\n', line: 2 });
  expect(() => replaceLine('a\nb\n', 'c', 'd')).toThrow('not there exactly once: c');
  expect(() => replaceLine('b\n b\n', 'b', 'd')).toThrow('not there exactly once: b');
});
