import type { Sensitive } from '../sensitive.ts';
import type { Terms } from './terms.ts';
import type { Way } from './way.ts';

/** Who is dialled: a gateway, or a host on the way to one. */
export type Peer = Terms & {
  readonly way: Way;
  /** The inventory name, for messages; a jump host, which stands for many, has none. */
  readonly host?: string;
  readonly password?: Sensitive;
};

/** `address`: the one that was dialled, which may be a further one of the target. */
export type Place = { readonly target: Peer; readonly address: string };

/** How messages call a peer: `10.0.0.5 port 22 (through jump host bastion)`. */
export function describePlace({ target, address }: Place): string {
  const { name, port, way } = target;
  const server = `${address} port ${port}`;
  const own = isJump(target)
    ? `jump host ${name}${name === address ? ` port ${port}` : ` (${server})`}`
    : server;
  switch (way.kind) {
    case 'direct':
      return own;
    case 'jump':
      return `${own} (through jump host ${way.jump.name})`;
    case 'command':
      return `${own} (through a ProxyCommand)`;
  }
}

export function isJump({ host }: Peer): boolean {
  return host === undefined;
}

/** The `host` of a problem. */
export function hostOf({ host }: Peer): { host?: string } {
  return host === undefined ? {} : { host };
}
