import { expect, it } from 'vitest';
import { parseHostEntry } from '../../src/inventory/host-entry.ts';

it.each([
  ['gw[1:2]:2222', { names: ['gw1', 'gw2'], port: 2222 }],
  ['[2001:db8::2]:22', { names: ['2001:db8::2'], port: 22 }],
  ['2001:db8::[1:2]', { names: ['2001:db8::1', '2001:db8::2'] }],
  // No address: the colon belongs to the name, as in Ansible.
  ['h1:foo', { names: ['h1:foo'] }],
  ['h1,h2', { names: ['h1,h2'] }],
])('reads %s', (text, entry) => {
  expect(parseHostEntry(text)).toEqual(entry);
});

it.each(['all:', '---', 'h[1:]'])('refuses %s', (text) => {
  expect(parseHostEntry(text)).toEqual({ error: expect.any(String) });
});
