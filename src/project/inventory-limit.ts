import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { splitPattern } from '../inventory/pattern-split.ts';
import type { LimitPart, NamedHosts } from '../inventory/patterns.ts';
import { didYouMean } from '../inventory/suggestion.ts';
import { type Problem, ProblemsError } from '../problem.ts';

/** How a run may have left a host that is to be tried again. */
export type RunState = (typeof STATES)[number];

const STATES = ['failed', 'unreached', 'rolled_back'] as const;

/** Finds the hosts that a run left so. @throws ProblemsError where no run, or more than one, has that name */
export type FindRunHosts = (run: string, state: RunState) => Promise<Omit<NamedHosts, 'sign'>>;

/**
 * The parts of a `--limit`. Each `@file` becomes that file's lines (one pattern a line); `@RUN:failed`, `@RUN:unreached` and
 * `@RUN:rolled_back`, which may follow `&` or `!`, become the hosts that the run left so. What holds a `/` is always a file; what
 * could be either is an error.
 * @throws ProblemsError where a file can't be read, or a run isn't known
 */
export async function readLimit(
  limit: string,
  cwd: string,
  findHosts: FindRunHosts,
): Promise<readonly LimitPart[]> {
  const parts: LimitPart[] = [];
  const problems: Problem[] = [];
  for (const part of await wholeParts(limit, cwd)) {
    const ofRun = await runPart(part, cwd);
    if (ofRun === undefined && part.startsWith('@'))
      parts.push(...(await readLines(part.slice(1), cwd, problems)));
    else if (ofRun === undefined) parts.push(part);
    else if ('problem' in ofRun) problems.push(ofRun.problem);
    else {
      const found = await findHosts(ofRun.run, ofRun.state).catch((error: unknown) => keep(error, problems));
      if (found !== undefined) parts.push({ sign: ofRun.sign, ...found });
    }
  }
  if (problems.length > 0) throw new ProblemsError(problems);
  return parts;
}

/** Does it begin with the hosts of a run? Looks at no file. */
export function namesRun(limit: string): boolean {
  const state = /^@[^/,:]+:([^/,:]+)/.exec(limit)?.[1];
  return state !== undefined && isState(state);
}

const RUN_PART = /^(?<sign>[&!]?)@(?<run>[^/,:]+):(?<state>[^/,:]+)$/;

/** Colons stand between parts where there is no comma; the one in `@RUN:STATE` is none of these. */
async function wholeParts(limit: string, cwd: string): Promise<readonly string[]> {
  const whole: string[] = [];
  for (const part of splitPattern(limit)) {
    const before = whole.at(-1);
    const isSecond = before !== undefined && /^[&!]?@[^/,:]+$/.test(before) && /^[^&!@]/.test(part);
    // `@retry:web` is a file and a group, as long as there is such a file.
    const belongs =
      isSecond && !limit.includes(',') && (isState(part) || !(await isThere(cwd, fileOf(before))));
    if (belongs) whole[whole.length - 1] = `${before}:${part}`;
    else whole.push(part);
  }
  return whole;
}

type RunPart = { readonly sign: NamedHosts['sign']; readonly run: string; readonly state: RunState };

async function runPart(
  part: string,
  cwd: string,
): Promise<RunPart | { readonly problem: Problem } | undefined> {
  const { sign = '', run = '', state = '' } = RUN_PART.exec(part)?.groups ?? {};
  if (run === '') return undefined;
  const file = fileOf(part);
  if (!isState(state)) {
    if (await isThere(cwd, file)) return undefined;
    return { problem: neither(part, run, state) };
  }
  for (const name of [run, file])
    if (await isThere(cwd, name)) return { problem: either(part, run, state, name) };
  return { sign: sign as NamedHosts['sign'], run, state };
}

function fileOf(part: string): string {
  return part.replace(/^[&!]?@/, '');
}

function isState(word: string): word is RunState {
  return STATES.some((state) => state === word);
}

function isThere(cwd: string, file: string): Promise<boolean> {
  return access(path.resolve(cwd, file)).then(
    () => true,
    () => false,
  );
}

function keep(error: unknown, problems: Problem[]): undefined {
  if (!(error instanceof ProblemsError)) throw error;
  problems.push(...error.problems);
}

function neither(part: string, run: string, state: string): Problem {
  return {
    code: 'limit-state',
    message: `${part}: there is no limit file ${run}, and "${state}" is no state of a run's hosts`,
    remedy: `${didYouMean(state, STATES)}The hosts of a run are @RUN:failed, @RUN:unreached or @RUN:rolled_back.`,
  };
}

function either(part: string, run: string, state: string, file: string): Problem {
  return {
    code: 'limit-ambiguous',
    file,
    message: `${part} may name this file, or the hosts that run ${run} left ${state}`,
    remedy: `Write @./${file} for the file. For the run give its whole name, as sluice history shows it.`,
  };
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
    const remedy =
      'Name a file with one host pattern a line after --limit @; or the hosts of a run: @RUN:failed, @RUN:unreached, @RUN:rolled_back.';
    problems.push({ code: 'limit-file', file, message, remedy });
    return [];
  }
}
