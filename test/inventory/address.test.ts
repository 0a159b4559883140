import { expect, it } from 'vitest';
import { parseAddress } from '../../src/inventory/address.ts';

it.each([
  ['gw1', { host: 'gw1' }],
  ['gw_1.example-site.com', { host: 'gw_1.example-site.com' }],
  ['höst', { host: 'höst' }],
  ['gw1:2222', { host: 'gw1', port: 2222 }],
  ['gw[01:04]:2222', { host: 'gw[01:04]', port: 2222 }],
  ['10.0.0.1:22', { host: '10.0.0.1', port: 22 }],
  ['10.0.0.[1:9]', { host: '10.0.0.[1:9]' }],
  ['::1', { host: '::1' }],
  ['2001:db8::2', { host: '2001:db8::2' }],
  ['[2001:db8::2]:2200', { host: '2001:db8::2', port: 2200 }],
  ['2001:db8:0:1:2:3:4:5', { host: '2001:db8:0:1:2:3:4:5' }],
  ['2001:db8::[1:f]', { host: '2001:db8::[1:f]' }],
  ['::ffff:10.0.0.1', { host: '::ffff:10.0.0.1' }],
])('reads %s', (text, address) => {
  expect(parseAddress(text)).toEqual(address);
});

it.each(['a:b', 'web:db:1', '-gw', 'gw-', 'gw-:22', 'a b', '', 'web*', '~web', 'web[0]', '1::2::3', 'a..b'])(
  'takes %s for no address',
  (text) => {
    expect(parseAddress(text)).toBeUndefined();
  },
);
