import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { lintFile } from '../../analysis/lint/file.ts';
import { sorted } from '../../analysis/lint/fleet.ts';
import type { Finding, Place } from '../../analysis/lint/model.ts';
import { type Problem, ProblemsError } from '../../problem.ts';
import { type ProjectRequest, prepareProject } from './prepare.ts';
import { createProjectLint } from './project-lint.ts';

/** A finding, and the hosts that would get it; of a file, none are known. */
export type Told = Finding & { readonly hosts?: readonly string[] };

export type LintResult = {
  readonly findings: readonly Told[];
  readonly silenced: number;
  /** Commands of scripts that hold variables nobody can fill in without running them. */
  readonly unread: readonly Place[];
  /** `3 hosts of edge.yml`, `212 rules of old.rules`: what was looked at. */
  readonly seen: readonly string[];
  readonly warnings: readonly Problem[];
};

export type LintRequest = {
  /** Playbooks, rules files, scripts, `-` for standard input; none: the playbooks of the project. */
  readonly names: readonly string[];
  readonly project: Omit<ProjectRequest, 'playbook'>;
  readonly stdin: AsyncIterable<Buffer | string>;
};

/**
 * Looks for mistakes in what playbooks would give to their hosts, and in files.
 * @throws ProblemsError for what can't be read or rendered, of all of them together
 */
export async function lintAll({ names, project, stdin }: LintRequest): Promise<LintResult> {
  const problems: Problem[] = [];
  const parts: LintResult[] = [];
  for (const name of names.length === 0 ? await ownPlaybooks(project.cwd) : names) {
    try {
      parts.push(
        isPlaybook(name) ? await lintPlaybook({ ...project, playbook: name }) : await lintOne(name, stdin),
      );
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ProblemsError(problems);
  return {
    findings: merged(parts.flatMap(({ findings }) => findings)),
    silenced: parts.reduce((sum, { silenced }) => sum + silenced, 0),
    unread: parts.flatMap(({ unread }) => unread),
    seen: parts.flatMap(({ seen }) => seen),
    warnings: [
      ...new Map(parts.flatMap(({ warnings }) => warnings).map((one) => [JSON.stringify(one), one])).values(),
    ],
  };
}

function isPlaybook(name: string): boolean {
  return /\.ya?ml$/i.test(name);
}

async function lintPlaybook(request: ProjectRequest): Promise<LintResult> {
  const lint = createProjectLint();
  const project = await prepareProject({ ...request, allowsParts: true }, lint.look);
  const isWhole =
    request.limit === undefined && request.tags.only === undefined && request.tags.skip === undefined;
  const { findings, silenced } = lint.result(project.loaded.templates, isWhole);
  const { length } = project.hosts;
  const seen = [`${length} host${length === 1 ? '' : 's'} of ${request.playbook}`];
  return { findings, silenced, unread: [], seen, warnings: project.warnings };
}

async function lintOne(name: string, stdin: LintRequest['stdin']): Promise<LintResult> {
  const file = name === '-' ? 'stdin' : name;
  const text = await (name === '-' ? textOf(stdin) : readRules(name));
  const { kind, findings, silenced, unread, rules } = lintFile(text, file);
  if (kind === 'template' || kind === 'unknown') throw new ProblemsError([nothingIn(file, kind)]);
  return {
    findings,
    silenced,
    unread,
    seen: [`${rules} rule${rules === 1 ? '' : 's'} of ${file}`],
    warnings: [],
  };
}

/** Playbooks that share templates find the same in them. */
function merged(findings: readonly Told[]): readonly Told[] {
  const known = new Map<string, Told>();
  for (const finding of findings) {
    const key = `${finding.id} ${finding.place.file}:${finding.place.line}`;
    const before = known.get(key);
    const hosts = [...new Set([...(before?.hosts ?? []), ...(finding.hosts ?? [])])];
    known.set(key, {
      ...(before?.cutsAccess === true ? before : finding),
      ...(hosts.length === 0 ? {} : { hosts }),
    });
  }
  return sorted([...known.values()]);
}

async function ownPlaybooks(cwd: string): Promise<readonly string[]> {
  const names = await readdir(path.join(cwd, 'playbooks')).catch(() => []);
  const found = names.filter(isPlaybook).sort();
  if (found.length > 0) return found.map((name) => path.join('playbooks', name));
  throw new ProblemsError([
    {
      code: 'usage',
      message: 'nothing to lint: no file is named, and there is no playbook in playbooks/',
      remedy:
        'Name playbooks, rules files or scripts; "-" reads standard input: iptables-save | sluice lint -',
    },
  ]);
}

async function textOf(stdin: LintRequest['stdin']): Promise<string> {
  let text = '';
  for await (const part of stdin) text += part.toString();
  return text;
}

async function readRules(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message = code === 'ENOENT' ? 'there is no such file' : `it can't be read (${code})`;
    throw new ProblemsError([
      {
        code: 'unreadable-rules',
        file,
        message,
        remedy: 'Name a playbook (.yml), the output of iptables-save, or a script.',
      },
    ]);
  }
}

function nothingIn(file: string, kind: 'template' | 'unknown'): Problem {
  if (kind === 'template')
    return {
      code: 'lint-template',
      file,
      message: 'this is a template: what its hosts would get depends on the playbook that uses it',
      remedy: 'Name the playbook: sluice lint playbooks/NAME.yml',
    };
  return {
    code: 'lint-nothing',
    file,
    message: 'there is neither a table (*filter) nor an iptables command in this file',
    remedy:
      'Name a playbook (.yml), the output of iptables-save, a rules file, or a script of iptables commands.',
  };
}
