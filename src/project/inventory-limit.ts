import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { splitPattern } from '../inventory/pattern-split.ts';
import { type Problem, ProblemsError } from '../problem.ts';

/**
 * The parts of a `--limit`, with each `@file` replaced by that file's lines (one pattern a line).
 * @throws ProblemsError where a file can't be read
 */
export async function readLimit(limit: string, cwd: string): Promise<readonly string[]> {
  const parts: string[] = [];
  const problems: Problem[] = [];
  for (const part of splitPattern(limit)) {
    if (!part.startsWith('@')) parts.push(part);
    else parts.push(...(await readLines(part.slice(1), cwd, problems)));
  }
  if (problems.length > 0) throw new ProblemsError(problems);
  return parts;
}

async function readLines(file: string, cwd: string, problems: Problem[]): Promise<readonly string[]> {
  try {
    const text = await readFile(path.resolve(cwd, file), 'utf8');
    return text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message =
      code === 'ENOENT' ? 'there is no such limit file' : `the limit file can't be read (${code})`;
    const remedy = 'Name a file with one host pattern a line after --limit @.';
    problems.push({ code: 'limit-file', file, message, remedy });
    return [];
  }
}
