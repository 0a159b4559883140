import type { Target } from '../../ssh/target.ts';
import { type JumpHost, jumpsOn, type Way } from '../../ssh/way.ts';

/** Of which OpenSSH thinks where nobody says another. */
const SSH_PORT = 22;

/** What others may call a host when they are reached through it: each of its addresses, and its name in the inventory. */
export function namesOf({ host, name, address, addresses }: Target): readonly string[] {
  return [...new Set([address, ...addresses, name, host])];
}

export function placeOf({ address, port }: Pick<Target, 'address' | 'port'>): string {
  return `${address}:${port}`;
}

/** Whether a way leads over a host, whatever the port: another one may be sent on by it. */
export function isJumpOver(way: Way, other: Target): boolean {
  const names = namesOf(other);
  return mentionsOf(way).some((mention) => mention.names.some((name) => names.includes(name)));
}

/**
 * Which of some hosts others of them are reached through. Where several have one address, as behind a router that sends ports on, its
 * port tells which.
 */
export function jumpsAmong(targets: ReadonlyMap<string, Target>): (host: string) => readonly string[] {
  const known = new Map<string, Target[]>();
  for (const target of targets.values()) {
    for (const name of namesOf(target)) {
      const same = known.get(name);
      if (same === undefined) known.set(name, [target]);
      else same.push(target);
    }
  }
  return (host) => {
    const target = targets.get(host);
    if (target === undefined) return [];
    const jumps = mentionsOf(target.way).flatMap(({ names, ports }) =>
      names.flatMap((name) => {
        const called = known.get(name) ?? [];
        return called.length === 1 ? called : called.filter(({ port }) => ports.includes(port));
      }),
    );
    return [...new Set(jumps.map((jump) => jump.host))].filter((jump) => jump !== host);
  };
}

/** Which of some hosts are reached through a host. */
export function behindAmong(
  hosts: readonly string[],
  jumpsOf: (host: string) => readonly string[],
): (host: string) => readonly string[] {
  const behind = new Map<string, string[]>();
  for (const host of hosts) {
    for (const jump of jumpsOf(host)) {
      const others = behind.get(jump);
      if (others === undefined) behind.set(jump, [host]);
      else others.push(host);
    }
  }
  return (host) => behind.get(host) ?? [];
}

/** What a way says of a host that it may lead over. */
type Mention = { readonly names: readonly string[]; readonly ports: readonly number[] };

/** The nearest to the controller first. Of a ProxyCommand, any word may be one: `ssh -W %h:%p ada@bastion`. */
function mentionsOf(way: Way): readonly Mention[] {
  if (way.kind === 'command') {
    const words = way.command.split(/[\s'"@,=[\]]+/).flatMap((word) => [word, word.replace(/:\d+$/, '')]);
    const numbers = way.command.match(/\d+/g) ?? [];
    return [{ names: [...new Set(words)], ports: [SSH_PORT, ...numbers.map(Number)] }];
  }
  return jumpsOn(way).map(({ name, address, port }: JumpHost) => ({
    names: [...new Set([address, name])],
    ports: [port],
  }));
}
