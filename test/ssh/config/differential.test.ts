import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConfigStore } from '../../../src/ssh/config/load.ts';
import { resolveSettings } from '../../../src/ssh/config/resolve.ts';
import { localDisk } from '../../../src/ssh/disk.ts';
import { termsOf } from '../../../src/ssh/terms.ts';
import { effective } from './effective.ts';
import { configurations } from './generate.ts';

const ssh = '/usr/bin/ssh';
const hasSsh = existsSync(ssh);
if (!hasSsh) process.stderr.write(`\n*** ${ssh} is missing: the comparison with ssh -G is SKIPPED ***\n\n`);

/** The normal tier tries a few; SLUICE_SSH_CONFIGS=5000 npx vitest run test/ssh/config tries more, from another seed. */
const numRuns = Number(process.env.SLUICE_SSH_CONFIGS ?? 60);
const seed = Number(process.env.SLUICE_SSH_CONFIGS_SEED ?? 11);

describe.skipIf(!hasSsh)('over generated configurations', () => {
  let folder: string;
  const path = (name: string) => join(folder, name);
  const { username, uid } = userInfo();
  const account = { home: homedir(), localUser: username, uid, hostname: hostname(), env: {} };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-ssh-config-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('sluice and ssh -G agree', { timeout: 300_000 + 1000 * numRuns }, async () => {
    await fc.assert(
      fc.asyncProperty(configurations, async ({ main, one, two, host }) => {
        for (const [name, text] of Object.entries({ main, one, two }))
          writeFileSync(path(name), text.replaceAll('DIR', folder), { mode: 0o600 });
        const config = await createConfigStore(account, localDisk).load(path('main'));
        const problems = [...config.problems([])];
        const resolved = resolveSettings(config, [], { host, localUser: username });
        const terms = termsOf(resolved, host, account, problems);
        const oracle = askSsh(host);
        if (typeof oracle === 'string') {
          // What ssh refuses, sluice must refuse too; a jump host that is its own gateway is found on the way there.
          expect({ oracle, problems: problems.map(({ message }) => message) }).toMatchObject({
            problems: oracle.includes('jumphost loop') ? [] : [expect.anything()],
          });
          return;
        }
        expect(problems).toEqual([]);
        expect(effective(resolved, terms, account.home)).toEqual(oracle);
      }),
      { seed, numRuns },
    );
  });

  /** The lines of `ssh -G` that are compared, or what it says when it refuses. */
  function askSsh(host: string): Readonly<Record<string, string>> | string {
    try {
      const args = ['-F', path('main'), '-G', host];
      const lines = execFileSync(ssh, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).split(
        '\n',
      );
      const found: Record<string, string> = {};
      for (const line of lines) {
        const [, keyword = '', value = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
        if (compared.has(keyword)) found[keyword] = keyword in found ? `${found[keyword]} ${value}` : value;
      }
      return found;
    } catch (error) {
      return String((error as { stderr?: string }).stderr);
    }
  }
});

const compared = new Set([
  'hostname',
  'port',
  'user',
  'identityfile',
  'identitiesonly',
  'proxyjump',
  'proxycommand',
  'userknownhostsfile',
  'globalknownhostsfile',
  'stricthostkeychecking',
  'hostkeyalias',
  'connecttimeout',
  'serveraliveinterval',
  'serveralivecountmax',
  'addressfamily',
  'hashknownhosts',
  'compression',
]);
