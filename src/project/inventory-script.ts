import { execFile } from 'node:child_process';
import { access, constants, open } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import pLimit from 'p-limit';
import type { InventoryDraft } from '../inventory/draft.ts';
import { parseHostJson, parseListJson } from '../inventory/list-json.ts';

/** Scripts at a time, where one must be started per host. */
const SCRIPTS_AT_ONCE = 4;

/** A large fleet's `--list` is some tens of megabytes. */
const MOST_OUTPUT_BYTES = 512 * 1024 * 1024;

/**
 * Says whether a file is a program rather than text: it may be executed and begins as programs do. (The executable bit alone says
 * little: file shares set it on everything.)
 */
export async function isScript(file: string): Promise<boolean> {
  const isExecutable = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isExecutable) return false;
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    const start = buffer.toString('latin1', 0, bytesRead);
    return start.startsWith('#!') || start === '\x7fELF';
  } finally {
    await handle.close();
  }
}

/** Runs an inventory script with `--list`, and with `--host` for each host where the list holds no variables. */
export async function readScript(file: string, shown: string, draft: InventoryDraft): Promise<void> {
  const list = await runScript(file, ['--list'], shown, draft);
  if (list === undefined) return;
  const hosts = parseListJson(list, shown, draft);
  const limit = pLimit(SCRIPTS_AT_ONCE);
  const answers = hosts.map((host) =>
    limit(async () => ({ host, text: await runScript(file, ['--host', host], shown, draft) })),
  );
  for (const { host, text } of await Promise.all(answers)) {
    if (text !== undefined) parseHostJson(text, shown, host, draft);
  }
}

async function runScript(
  file: string,
  args: readonly string[],
  shown: string,
  draft: InventoryDraft,
): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(file, args, {
      cwd: path.dirname(file),
      maxBuffer: MOST_OUTPUT_BYTES,
    });
    return stdout;
  } catch (error) {
    const { message, stderr = '' } = error as Error & { stderr?: string };
    const reason = stderr.trim() === '' ? message : stderr.trim();
    draft.findings.fail(
      'script-failed',
      { file: shown },
      `"${shown} ${args.join(' ')}" failed: ${reason}`,
      'Run it by hand; it must print JSON and exit with 0.',
    );
    return undefined;
  }
}
