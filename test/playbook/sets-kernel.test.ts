import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { renderPlay } from '../../src/playbook/render.ts';
import { loadPlaybook } from '../../src/project/playbook.ts';
import { hostOf, inventoryOf, renderSetTexts, restoreText } from './fleet.ts';
import { GOOD_SETS } from './set-examples.ts';

/** Runs a script in an empty network namespace of its own. */
const inNamespace = (script: string, input: string) =>
  spawnSync('unshare', ['-n', 'sh', '-c', script], { input, encoding: 'utf8' });

const probe = inNamespace('ipset create x hash:ip && ipset list -n', '');
const isHere = probe.status === 0 && probe.stdout === 'x\n';
const title = isHere ? "ipset's own reading" : "ipset's own reading (SKIPPED: needs root, unshare and ipset)";

describe.skipIf(!isHere)(title, () => {
  test.each(GOOD_SETS)('%j loads', (text) => {
    const restored = inNamespace('ipset restore', restoreText(renderSetTexts([text])));
    // A kernel may be built without a type.
    const isUnknown = restored.stderr.includes('set type not supported');
    expect(isUnknown ? '' : restored.stderr).toBe('');
  });

  test('of a line that is too long is two, which is why we refuse it', () => {
    const long = `add a 10.0.0.1${' '.repeat(1009)}add a 10.0.0.2`;
    const { stdout } = inNamespace(
      'ipset restore; ipset save a | grep -c add',
      `create a hash:ip\n${long}\n`,
    );
    expect(stdout).toBe('2\n');
  });

  test('of numbers that look like addresses is another, which is why we refuse them', () => {
    const text = 'create a hash:ip\nadd a 010.0.0.1\nadd a 167772161\n';
    const { stdout } = inNamespace('ipset restore; ipset save a | grep add | sort', text);
    expect(stdout).toBe('add a 10.0.0.1\nadd a 8.0.0.1\n');
  });

  test('of the blocklist example loads whole: sets, then the rules that match them, and the parameters exist', async () => {
    const file = fileURLToPath(new URL('../../playbooks/blocklist.yml', import.meta.url));
    const { plays, templates } = await loadPlaybook(file);
    const [play] = plays;
    if (play === undefined) throw new Error('no play');
    const inventory = inventoryOf({ gateways: { gw1: { ansible_host: '10.64.0.1' } } });
    const rendered = renderPlay(play, templates, inventory, hostOf(inventory, 'gw1'), {});
    expect(rendered.problems).toEqual([]);
    expect(inNamespace('ipset restore', restoreText(rendered)).stderr).toBe('');
    for (const { family, text } of rendered.rulesets) {
      const restore = family === 'ipv4' ? 'iptables-restore' : 'ip6tables-restore';
      const script = `ipset restore <<'END'\n${restoreText(rendered)}END\n${restore}`;
      expect(inNamespace(script, text)).toMatchObject({ status: 0, stderr: '' });
    }
    for (const { key } of rendered.sysctls) readFileSync(`/proc/sys/${key.replaceAll('.', '/')}`);
  });
});
