import { hostKeyAlgorithmsOf } from '../../src/ssh/host-key.ts';
import type { Target } from '../../src/ssh/target.ts';

/** A gateway as it is reached without any ssh_config and without any variable. */
export const PLAIN: Omit<Target, 'user' | 'port'> = {
  host: 'gw1',
  name: '127.0.0.1',
  address: '127.0.0.1',
  addresses: [],
  way: { kind: 'direct' },
  become: false,
  keyFiles: 'default',
  identitiesOnly: false,
  methods: ['publickey', 'keyboard-interactive', 'password'],
  userKnownHostsFiles: [],
  systemKnownHostsFiles: [],
  hashKnownHosts: false,
  hostKeyChecking: 'strict',
  leastRsaBits: 1024,
  algorithms: {},
  hostKeyAlgorithms: hostKeyAlgorithmsOf(),
  addressFamily: 'any',
  keepalive: { intervalMs: 15_000, countMax: 3 },
  timeoutMs: 60_000,
  loginNotes: [],
};
