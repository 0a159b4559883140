import { expect, test } from 'vitest';
import { wavesLines } from '../../../src/cli/commands/waves-lines.ts';
import { planWavesOf } from '../../../src/cli/operations/waves.ts';
import type { ProblemsError } from '../../../src/problem.ts';
import { folderWith } from '../../project/inventory-folders.ts';
import { NO_SETTINGS } from '../../settings/sources.ts';
import { noVault } from '../../vault/vaults.ts';

/** What `sluice plan --waves` prints of one play, from files alone. */
async function printed(
  hosts: readonly string[],
  rollout: object,
  limit?: string,
): Promise<readonly string[]> {
  const cwd = folderWith({
    hosts: ['[edge]', ...hosts, ''].join('\n'),
    'templates/open.hbs': '*filter\n:INPUT ACCEPT\nCOMMIT\n',
    'site.yml': JSON.stringify([{ id: 'edge', hosts: 'edge', rules: [{ template: 'open.hbs' }], rollout }]),
  });
  const plays = await planWavesOf(
    {
      playbook: `${cwd}/site.yml`,
      inventory: [`${cwd}/hosts`],
      extraVars: [],
      tags: {},
      vault: noVault,
      cwd,
      settings: NO_SETTINGS,
      ...(limit === undefined ? {} : { limit }),
    },
    { passwordsFrom: {} },
  );
  return plays.flatMap((play) => wavesLines(play, 80)).filter((line) => line !== '');
}

const SITES = ['fra', 'ams', 'lon', 'nyc'];
const FORTY = SITES.flatMap((site) =>
  [1, 2, 3, 4, 5].flatMap((pair) =>
    ['a', 'b'].map((half) => `gw-${site}-${pair}${half} site=${site} ha_pair=${site}${pair}`),
  ),
);

test('forty hosts with sites and pairs: who goes when, why, and what stops them', async () => {
  const lines = await printed(FORTY, {
    canary: { one_per: 'site' },
    serial: [2, '25%'],
    apart: 'ha_pair',
    bake: '30s',
    pause: 'after_canary',
    on_failure: 'rollback_wave',
  });
  expect(lines.slice(1, 5)).toEqual([
    '40 hosts in 6 waves: canary one per site; serial 2, 25%; apart by ha_pair; order inventory',
    'canary          4  gw-fra-1a, gw-ams-1a, gw-lon-1a, gw-nyc-1a',
    'wave 1 of 5     2  gw-fra-1b, gw-fra-2a',
    'wave 2 of 5    10  gw-fra-2b, gw-fra-3a, gw-fra-4a, gw-fra-5a, gw-ams-1b, gw-ams-2a, gw-ams-3a, gw-ams-4a, gw-ams-5a, gw-lon-1b',
  ]);
  expect(lines).toContain(
    '  gw-fra-3b waits for [wave 3 of 5]: apart from gw-fra-3a: both have ha_pair fra3',
  );
  expect(lines.slice(-3)).toEqual([
    'Halts when a canary fails, or more than 0 % of a wave or of the play fail; then its wave is taken back.',
    'Each wave is watched for 30 s, a look every 10 s.',
    'A person approves after the canary.',
  ]);
});

test('a partner that a limit leaves out is named', async () => {
  const lines = await printed(FORTY, { apart: 'ha_pair' }, 'gw-fra-1a');
  expect(lines).toContain(
    'Looked at before their partners are changed, and not changed themselves: gw-fra-1b',
  );
});

test('a site whose hosts are all behind the canary of another one has none, and that is told', async () => {
  const behind = (name: string) => `${name} site=b ansible_ssh_common_args='-o ProxyJump=a1'`;
  const lines = await printed(['a1 site=a', 'a2 site=a', behind('b1'), behind('b2')], {
    canary: { one_per: 'site' },
  });
  expect(lines.slice(2, 5)).toEqual([
    'canary       1  a1',
    'the rest     3  a2, b1, b2',
    '  b1 waits for [the rest]: no canary of site b: it is reached through a1',
  ]);
});

test('a shuffled order is said to be an example', async () => {
  const [, words] = await printed(['a', 'b'], { order: 'shuffle' });
  expect(words).toMatch(/; order shuffle, here as an example: each run draws another$/);
});

test('an empty value pairs nobody, and is no absent one: it is refused, with every host that has it', async () => {
  const refused = printed(['a ha_pair=x', 'b ha_pair=', 'c ha_pair=" "'], { apart: 'ha_pair' });
  const problems = await refused.catch((error: unknown) => (error as ProblemsError).problems);
  const message = "rollout.apart looks at ha_pair, and the host's value of it is empty";
  expect(problems).toMatchObject([
    { code: 'variable-not-plain', host: 'b', message },
    { code: 'variable-not-plain', host: 'c', message },
  ]);
});
