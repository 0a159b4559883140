import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import pLimit from 'p-limit';
import type { InventoryDraft } from '../inventory/draft.ts';
import { mergeVars } from '../inventory/merge-vars.ts';
import type { Vars } from '../inventory/model.ts';
import { type NoteVariable, parseSecretVarsFile, parseVarsFile } from '../inventory/vars-file.ts';
import type { VarsFolder } from '../inventory/vars-layers.ts';
import type { Problem } from '../problem.ts';
import type { Vault } from '../vault/vault.ts';
import { shownPath } from './inventory-place.ts';
import { type FileText, openText } from './vault-text.ts';

/**
 * Reads `group_vars/` and `host_vars/` of a folder, for the groups and hosts of the draft only. Each is a file `NAME`, `NAME.yml`,
 * `NAME.yaml` or `NAME.json`, or a folder of such files, which are merged in the order of their names.
 */
export async function readVarsFolder(
  folder: string,
  draft: InventoryDraft,
  cwd: string,
  vault: Vault,
): Promise<VarsFolder> {
  const { findings, templates, files } = draft;
  const context = { cwd, findings, templates, files, vault };
  return {
    groups: await readVarsOf(path.join(folder, 'group_vars'), draft.groups, context),
    hosts: await readVarsOf(path.join(folder, 'host_vars'), draft.hosts, context),
  };
}

type Context = Pick<InventoryDraft, 'findings' | 'templates' | 'files'> & {
  readonly cwd: string;
  readonly vault: Vault;
};

const EXTENSIONS = ['', '.yml', '.yaml', '.json'];

/** Files open at a time: enough to keep a disk busy, far below any limit on descriptors. */
const OPEN_FILES = 32;

async function readVarsOf(
  folder: string,
  known: ReadonlyMap<string, unknown>,
  context: Context,
): Promise<ReadonlyMap<string, Vars>> {
  const owners = await findOwners(folder, known, context);
  const limit = pLimit(OPEN_FILES);
  const reads = owners.map(async ([owner, entry]) => {
    const files = await limit(() => varsFiles(path.join(folder, entry)));
    return { owner, texts: await Promise.all(files.map((file) => limit(() => readText(file, context)))) };
  });
  const vars = new Map<string, Vars>();
  // Parsed in order, after all reads, so that problems come in the same order on every run.
  for (const { owner, texts } of await Promise.all(reads)) {
    const note: NoteVariable = (...variable) => context.templates.note(owner, ...variable);
    vars.set(owner, mergeVars(texts.map((text) => parse(text, context, note))));
  }
  return vars;
}

function parse({ file, ...read }: Read, { findings }: Context, note: NoteVariable): Vars {
  if ('problem' in read) {
    findings.problems.push(read.problem);
    return {};
  }
  const parseText = read.isSecret ? parseSecretVarsFile : parseVarsFile;
  return parseText(read.text, file, findings, note);
}

/** Pairs each group or host that has an entry in the folder with that entry; where it has several, the first extension counts. */
async function findOwners(
  folder: string,
  known: ReadonlyMap<string, unknown>,
  context: Context,
): Promise<readonly [string, string][]> {
  const names = new Set((await listFolder(folder, context)).sort());
  const owners = new Map<string, string>();
  for (const name of names) {
    for (const owner of EXTENSIONS.filter((extension) => name.endsWith(extension)).map((extension) =>
      name.slice(0, name.length - extension.length),
    )) {
      const [entry, ignored] = EXTENSIONS.map((extension) => owner + extension).filter((candidate) =>
        names.has(candidate),
      );
      if (entry === undefined || owners.has(owner) || !known.has(owner)) continue;
      owners.set(owner, entry);
      if (ignored !== undefined) warnShadowed(folder, entry, ignored, context);
    }
  }
  return [...owners];
}

function warnShadowed(folder: string, entry: string, ignored: string, { cwd, findings }: Context): void {
  const place = { file: shownPath(path.join(folder, ignored), cwd) };
  findings.warn(
    'vars-shadowed',
    place,
    `"${ignored}" is not read, because "${entry}" stands beside it`,
    `Move its variables into "${entry}".`,
  );
}

async function listFolder(folder: string, { cwd, findings }: Context): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') {
      findings.warn(
        'vars-folder',
        { file: shownPath(folder, cwd) },
        `"${path.basename(folder)}" is not a directory and is skipped`,
        'Make it a folder with a file per group or host.',
      );
    } else if (code !== 'ENOENT') {
      findings.fail(
        'vars-unreadable',
        { file: shownPath(folder, cwd) },
        `can't list the folder: ${code}`,
        'Check its permissions.',
      );
    }
    return [];
  }
}

/** The files of one entry: itself, or those below it with a known extension, hidden ones and backups left out. */
async function varsFiles(entry: string): Promise<readonly string[]> {
  if (!(await stat(entry)).isDirectory()) return [entry];
  const files: string[] = [];
  for (const name of (await readdir(entry)).sort()) {
    if (name.startsWith('.') || name.endsWith('~')) continue;
    const extension = path.extname(name);
    const inner = path.join(entry, name);
    const isFolder = (await stat(inner)).isDirectory();
    if (isFolder && extension === '') files.push(...(await varsFiles(inner)));
    else if (!isFolder && EXTENSIONS.includes(extension)) files.push(inner);
  }
  return files;
}

type Read = { readonly file: string } & (FileText | { readonly problem: Problem });

async function readText(file: string, { cwd, findings, files, vault }: Context): Promise<Read> {
  const shown = shownPath(file, cwd);
  files.add(file);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
    return { file: shown, ...(await openText(text, shown, vault)) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    findings.fail(
      'vars-unreadable',
      { file: shown },
      `can't read the variables: ${reason}`,
      'Check its permissions and that it is UTF-8 text.',
    );
    return { file: shown, text: '', isSecret: false };
  }
}
