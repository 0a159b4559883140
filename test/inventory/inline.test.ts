import { expect, it } from 'vitest';
import { InventoryDraft } from '../../src/inventory/draft.ts';
import { parseInlineHosts } from '../../src/inventory/inline.ts';

it('reads hosts, ports and addresses, without ranges', () => {
  const draft = new InventoryDraft();
  parseInlineHosts(' h1 , h2:2222,[2001:db8::2]:22,gw[1:2],h1,', draft);
  const hosts = [...draft.hosts.values()].map(({ name, vars }) => [name, vars.get('ansible_port')]);
  expect(hosts).toEqual([
    ['h1', undefined],
    ['h2', 2222],
    ['2001:db8::2', 22],
    ['gw[1:2]', undefined],
  ]);
});
