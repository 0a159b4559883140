import { expect, test } from 'vitest';
import { normaliseRuleset } from '../../../src/ruleset/canonical/ruleset.ts';

const limit = '-A INPUT -m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 5 --hashlimit-name h';

test.each([
  ['--hashlimit-srcmask 040', ''],
  ['--hashlimit-dstmask 0x20', ''],
  ['--hashlimit-srcmask 030', ' --hashlimit-srcmask 24'],
  ['--hashlimit-htable-expire 01750', ''],
])('a hashlimit with %s is saved by the number, in whatever notation it is written', (written, saved) => {
  const { text, unsure } = normaliseRuleset(`*filter\n${limit} ${written}\nCOMMIT\n`, 'ipv4', 'nft');
  expect(unsure).toEqual([]);
  expect(text).toContain(`${limit}${saved}\n`);
});
