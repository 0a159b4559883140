import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { InventoryDraft } from '../inventory/draft.ts';
import { parseInventoryText } from '../inventory/format.ts';
import { parseInlineHosts } from '../inventory/inline.ts';
import type { Vault } from '../vault/vault.ts';
import { shownPath } from './inventory-place.ts';
import { isScript, readScript } from './inventory-script.ts';
import { openText } from './vault-text.ts';

type Context = {
  readonly cwd: string;
  readonly draft: InventoryDraft;
  readonly vault: Vault;
  /** The names in a directory that are no inventories. */
  readonly ignored: RegExp;
};

/**
 * Reads one source, as `-i` takes it, into the draft. Answers the folder whose `group_vars` and `host_vars` belong to it: the directory
 * itself or the one of the file; none for an inline list.
 */
export async function readSource(source: string, context: Context): Promise<string | undefined> {
  const { cwd, draft } = context;
  const file = path.resolve(cwd, source);
  const found = await stat(file).catch(() => undefined);
  if (found === undefined && source.includes(',')) {
    parseInlineHosts(source, draft);
    return undefined;
  }
  if (found === undefined) {
    const remedy =
      'Name an existing file or directory with -i; an inline list of hosts needs a comma: "h1,".';
    draft.findings.fail('inventory-missing', { file: source }, `there is no inventory "${source}"`, remedy);
    return undefined;
  }
  if (found.isDirectory()) {
    await readDirectory(file, { ...context, isTop: true }).catch((error) =>
      failUnreadable(file, cwd, draft, error),
    );
  } else await readFileSource(file, context);
  return found.isDirectory() ? file : path.dirname(file);
}

/** Reads a directory's files in the order of their names, directories below it too. */
async function readDirectory(folder: string, context: Context & { readonly isTop: boolean }): Promise<void> {
  const { cwd, draft, ignored, isTop } = context;
  const names = (await readdir(folder)).sort();
  for (const name of names) {
    const file = path.join(folder, name);
    const place = { file: shownPath(file, cwd) };
    if (name.endsWith('.ini') && ignored.test(name)) {
      draft.findings.warn(
        'ini-skipped',
        place,
        `"${name}" is skipped, as Ansible skips .ini files in a directory`,
        'Name the file itself with -i, or drop the extension.',
      );
    } else if (!isTop && (name === 'group_vars' || name === 'host_vars')) {
      const remedy = `Ansible reads it only beside what -i names: use -i ${shownPath(folder, cwd)}.`;
      draft.findings.warn(
        'vars-skipped',
        place,
        `"${name}" of a directory below the inventory is not read`,
        remedy,
      );
    }
    if (ignored.test(name)) continue;
    if ((await stat(file)).isDirectory()) await readDirectory(file, { ...context, isTop: false });
    else await readFileSource(file, context);
  }
}

async function readFileSource(file: string, { cwd, draft, vault }: Context): Promise<void> {
  const shown = shownPath(file, cwd);
  draft.files.add(file);
  try {
    if (await isScript(file)) {
      await readScript(file, shown, draft);
      return;
    }
    const written = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
    const read = await openText(written, shown, vault);
    if ('problem' in read) draft.findings.problems.push(read.problem);
    else if (read.isSecret) draft.secretly(() => parseInventoryText(read.text, shown, draft));
    else parseInventoryText(read.text, shown, draft);
  } catch (error) {
    failUnreadable(file, cwd, draft, error);
  }
}

function failUnreadable(file: string, cwd: string, draft: InventoryDraft, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  draft.findings.fail(
    'inventory-unreadable',
    { file: shownPath(file, cwd) },
    `can't read the inventory: ${reason}`,
    'Check its permissions and that it is UTF-8 text.',
  );
}
