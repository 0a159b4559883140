import { tcpFromController } from './controller-tcp.ts';
import type { Kind, ProbeOf } from './kind.ts';
import { tcpFromAfar } from './remote-tcp.ts';
import { endpoint } from './words.ts';

/** Opens a TCP connection; nothing is sent over it. */
export const tcpKind: Kind<ProbeOf<'tcp'>> = {
  tried: ({ address, port }) => `tcp ${endpoint(address, port)}`,
  expected: ({ expect }) => expect,
  here: tcpFromController,
  there: tcpFromAfar,
};
