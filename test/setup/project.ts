import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Runs tests of a project of their own under this project's vitest.config.ts; answers exit code and all that was printed. */
export function runTests(
  files: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): { readonly code: number | null; readonly output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-project-'));
  try {
    mkdirSync(join(folder, 'test'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'test', name), text);
    const options = ['--root', folder, '--config', join(root, 'vitest.config.ts')];
    // Not the settings of the run that we are part of.
    const { PATH, HOME } = process.env;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...options, ...args],
      { encoding: 'utf8', env: { PATH, HOME, NO_COLOR: '1' } },
    );
    return { code: status, output: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
