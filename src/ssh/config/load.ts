import type { Problem } from '../../problem.ts';
import { type Disk, errorCode } from '../disk.ts';
import { matchesPatternList } from '../pattern.ts';
import { globFiles } from './glob.ts';
import { type Origin, placeOf, problemAt, type Setting, type Statement } from './model.ts';
import { parseConfig } from './parse.ts';
import { expandHome } from './tokens.ts';

/** One file, with the files that it includes in their places. */
export type ConfigFile = {
  readonly statements: readonly (
    | Exclude<Statement, { kind: 'include' }>
    | { readonly kind: 'include'; readonly files: readonly ConfigFile[] }
  )[];
};

/** All the files that ssh(1) would read, each read once. */
export type SshConfig = {
  readonly files: readonly ConfigFile[];
  /** `Match final` stands somewhere. */
  readonly wantsFinalPass: boolean;
  /** What is wrong with the files, whichever host is asked for; `given`: what the command line sets. */
  problems(given: readonly Setting[]): readonly Problem[];
};

export type ConfigStore = {
  /** The files for `-F file`, for `-F none`, or the usual two. */
  load(file?: string): Promise<SshConfig>;
};

/** As deep as OpenSSH goes (readconf.c, READCONF_MAX_DEPTH). */
const deepest = 16;

const systemFolder = '/etc/ssh';

/** Who reads: the files of others are refused. */
export type Reader = { readonly home: string; readonly uid: number };

/** A file to read; `isOwn`: the operator's, where `~` and relative names are of his home. */
type Task = {
  readonly path: string;
  readonly isOwn: boolean;
  readonly isChecked: boolean;
  readonly includedBy?: Origin;
  readonly depth: number;
};

/** Reads each set of files once a run. */
export function createConfigStore(reader: Reader, disk: Disk): ConfigStore {
  const loading = new Map<string | undefined, Promise<SshConfig>>();
  return {
    load(file) {
      const known = loading.get(file) ?? loadConfig(file, reader, disk);
      loading.set(file, known);
      return known;
    },
  };
}

async function loadConfig(file: string | undefined, reader: Reader, disk: Disk): Promise<SshConfig> {
  const problems: Problem[] = [];
  const ignoreUnknown: string[] = [];
  const unknown: { readonly keyword: string; readonly problem: Problem }[] = [];
  let wantsFinalPass = false;

  const read = async (task: Task): Promise<ConfigFile> => {
    const text = await readChecked(task, reader, disk, problems);
    const parsed = parseConfig(task.path, text);
    problems.push(...parsed.problems);
    const statements: ConfigFile['statements'][number][] = [];
    for (const statement of parsed.statements) {
      if (statement.kind !== 'include') statements.push(statement);
      if (statement.kind === 'include') {
        const files: ConfigFile[] = [];
        for (const included of await filesOf(statement, task, reader, disk, problems))
          files.push(await read(included));
        statements.push({ kind: 'include', files });
      } else if (statement.kind === 'match') {
        wantsFinalPass ||= statement.criteria.some(({ patterns }) => patterns[0] === 'final');
      } else if (statement.kind === 'unknown') {
        if (!matchesPatternList(ignoreUnknown, statement.keyword)) unknown.push(statement);
      } else if (statement.kind === 'set' && statement.setting.keyword === 'ignoreunknown') {
        ignoreUnknown.push(...patternsOf(statement.setting));
      }
    }
    return { statements };
  };

  const files: ConfigFile[] = [];
  for (const task of tasksFor(file, reader)) files.push(await read(task));
  return {
    files,
    wantsFinalPass,
    problems(given) {
      const patterns = given.filter(({ keyword }) => keyword === 'ignoreunknown').flatMap(patternsOf);
      const left = unknown.filter(({ keyword }) => !matchesPatternList(patterns, keyword));
      return [...problems, ...left.map(({ problem }) => problem)];
    },
  };
}

function tasksFor(file: string | undefined, { home }: Reader): readonly Task[] {
  if (file?.toLowerCase() === 'none') return [];
  if (file !== undefined) {
    const origin: Origin = { kind: 'argument', place: '-F', host: '' };
    return [{ path: file, isOwn: true, isChecked: false, includedBy: origin, depth: 0 }];
  }
  return [
    { path: `${home}/.ssh/config`, isOwn: true, isChecked: true, depth: 0 },
    { path: `${systemFolder}/ssh_config`, isOwn: false, isChecked: false, depth: 0 },
  ];
}

/** The text, or nothing where the file is missing; `-F` needs its file. */
async function readChecked(
  { path, isChecked, includedBy, depth }: Task,
  { uid }: Reader,
  disk: Disk,
  problems: Problem[],
): Promise<string> {
  try {
    if (isChecked) {
      const owner = await disk.inspect(path);
      if ((owner.uid !== 0 && owner.uid !== uid) || (owner.mode & 0o022) !== 0) {
        const message = 'others can write to this file, and so decide where connections go: it is not read';
        const remedy = `It must belong to you or root, and be writable by nobody else: chmod go-w ${path}`;
        problems.push({ code: 'ssh-config-permissions', file: path, message, remedy });
        return '';
      }
    }
    return (await disk.readFile(path)).toString('utf8');
  } catch (error) {
    const code = errorCode(error);
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
    if (isMissing && (depth > 0 || includedBy === undefined)) return '';
    const message = isMissing ? 'there is no such file' : `the file cannot be read (${code})`;
    problems.push({
      code: 'ssh-config-unreadable',
      file: path,
      message,
      remedy: 'Name a file that can be read.',
    });
    return '';
  }
}

async function filesOf(
  { patterns, origin }: Extract<Statement, { kind: 'include' }>,
  { isOwn, depth }: Task,
  { home }: Reader,
  disk: Disk,
  problems: Problem[],
): Promise<readonly Task[]> {
  const tasks: Task[] = [];
  const invalid = (message: string, remedy: string) =>
    problems.push(problemAt(origin, 'invalid-ssh-option', message, remedy));
  if (depth >= deepest) {
    invalid(`Include goes deeper than ${deepest} files`, 'A file that includes itself does that.');
    return [];
  }
  for (const pattern of patterns) {
    if (pattern.startsWith('~') && !isOwn) {
      invalid(`Include cannot be ${JSON.stringify(pattern)} in a file of the system`, 'Write the path out.');
      continue;
    }
    const expanded = expandHome(pattern, home);
    if (expanded.kind === 'fault') {
      invalid(`Include ${JSON.stringify(pattern)}: ${expanded.fault}`, 'Write the path out.');
      continue;
    }
    const base = isOwn ? `${home}/.ssh` : systemFolder;
    const whole = expanded.text.startsWith('/') ? expanded.text : `${base}/${expanded.text}`;
    const found = await globFiles(whole, disk);
    if (found.kind === 'fault')
      invalid(`Include ${placeOf(origin)}: ${found.fault}`, 'Make the folder readable.');
    else
      tasks.push(
        ...found.paths.map((path) => ({
          path,
          isOwn,
          isChecked: true,
          includedBy: origin,
          depth: depth + 1,
        })),
      );
  }
  return tasks;
}

function patternsOf({ words }: Setting): string[] {
  return words.flatMap((word) => word.toLowerCase().split(','));
}
