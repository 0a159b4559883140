import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';

/** A test that asks systemd's own program, which needs no running systemd. */
export function testWithSystemd(name: string, run: () => void): void {
  if (spawnSync('systemd-analyze', ['--version']).status === 0) test(name, run);
  else test.skip(`${name}: NOT TESTED, there is no systemd-analyze`, () => undefined);
}

/** What `systemd-analyze verify` says of units that are written into a folder of their own; with debug, how it read them, too. */
export function verifyUnits(units: Readonly<Record<string, string>>, level = 'info'): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-units-'));
  try {
    const files = Object.entries(units).map(([name, text]) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    });
    // How it read them stands on stdout; what it says, on stderr.
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', ...files], {
      encoding: 'utf8',
      env: { ...process.env, SYSTEMD_LOG_LEVEL: level },
      maxBuffer: 2 ** 26,
    });
    return `${stdout}\n${stderr}\nverify: ${status}\n`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
