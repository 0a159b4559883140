import type { Problem } from '../problem.ts';
import { formatJump, type JumpSpec, parseJumps } from './config/jumps.ts';
import type { SshConfig } from './config/load.ts';
import { problemAt, type Setting } from './config/model.ts';
import { type Resolved, resolveSettings } from './config/resolve.ts';
import { expandTokens } from './config/tokens.ts';
import { type Account, type Terms, termsOf } from './terms.ts';

/** How the connection to a host is carried. */
export type Way =
  | { readonly kind: 'direct' }
  | { readonly kind: 'jump'; readonly jump: JumpHost }
  /** A program whose stdin and stdout are the connection; tokens are expanded for the address that is dialled. */
  | { readonly kind: 'command'; readonly command: string };

/** A host that others are reached through. The same one, asked for twice, is the same object: it is dialled once. */
export type JumpHost = Terms & { readonly way: Way };

/** The jump hosts of a run, by how they are asked for. */
export type JumpHosts = Map<string, JumpHost>;

/** What a way is worked out from. */
export type Wayfinding = {
  readonly config: SshConfig;
  /** Tells the jump hosts of one `-F` from those of another. */
  readonly configFile: string;
  readonly account: Account;
  readonly jumpHosts: JumpHosts;
  readonly problems: Problem[];
};

/** Finds the way to a host; `chain` are those that are reached through it, by login, port and name. */
export function wayOf(
  { first }: Resolved,
  terms: Terms,
  wayfinding: Wayfinding,
  chain: readonly string[] = [],
): Way {
  const setting = first.get('proxy');
  const [text = ''] = setting?.words ?? [];
  if (setting === undefined || text.toLowerCase() === 'none') return { kind: 'direct' };
  const invalid = (what: string, remedy: string): Way => {
    const message = `${setting.name} ${JSON.stringify(text)}: ${what}`;
    wayfinding.problems.push(problemAt(setting.origin, 'invalid-ssh-option', message, remedy));
    return { kind: 'direct' };
  };
  const tokens = proxyTokens(terms, terms.address);
  const expanded = expandTokens(text, tokens);
  if (expanded.kind === 'fault') return invalid(expanded.fault, 'It takes %h, %n, %p, %r and %%.');
  if (setting.keyword === 'proxycommand') {
    if (text === '-') return invalid('there is no stdin to use', 'Name a command.');
    return { kind: 'command', command: text };
  }
  const specs = parseJumps(expanded.text);
  const last = specs?.at(-1);
  if (specs === undefined) return invalid('is no list of hosts', 'Write user@host:port,…; IPv6 in brackets.');
  if (last === undefined) return { kind: 'direct' };
  const here = [...chain, keyOf(terms)];
  const jump = jumpHostOf(last, specs.slice(0, -1), setting, wayfinding, here);
  if (jump === undefined) return { kind: 'direct' };
  return { kind: 'jump', jump };
}

/** ssh_config(5), TOKENS, for what carries a connection. */
export function proxyTokens({ name, port, user }: Terms, address: string): Readonly<Record<string, string>> {
  return { h: address, n: name, p: String(port), r: user };
}

/**
 * A jump host is resolved as if ssh(1) were called for it: with the login and the port of its own mention and the hosts
 * before it, and with nothing else of what the gateway was given.
 */
function jumpHostOf(
  spec: JumpSpec,
  before: readonly JumpSpec[],
  { name, origin }: Setting,
  wayfinding: Wayfinding,
  chain: readonly string[],
): JumpHost | undefined {
  const { config, configFile, account, jumpHosts, problems } = wayfinding;
  const through = before.map(formatJump).join(',');
  const key = JSON.stringify([configFile, formatJump(spec), through]);
  const known = jumpHosts.get(key);
  if (known !== undefined) return known;
  const set = (keyword: string, value: string | number | undefined): Setting[] =>
    value === undefined || value === '' ? [] : [{ keyword, name, words: [String(value)], origin }];
  const given = [...set('user', spec.user), ...set('port', spec.port), ...set('proxyjump', through)];
  const resolved = resolveSettings(config, given, { host: spec.host, localUser: account.localUser });
  const problemsBefore = problems.length;
  const terms = termsOf(resolved, spec.host, account, problems);
  if (chain.includes(keyOf(terms))) {
    problems.push(
      problemAt(
        origin,
        'jump-loop',
        `${name}: the way to ${spec.host} leads through ${spec.host} itself`,
        `Give ${spec.host} a Host block of its own with ProxyJump none, above.`,
      ),
    );
    return undefined;
  }
  const jump = { ...terms, way: wayOf(resolved, terms, wayfinding, chain) };
  if (problems.length > problemsBefore) return undefined;
  jumpHosts.set(key, jump);
  return jump;
}

/** The jump hosts of a way, the nearest to the controller first. */
export function jumpsOn(way: Way): readonly JumpHost[] {
  return way.kind === 'jump' ? [...jumpsOn(way.jump.way), way.jump] : [];
}

/** The hosts themselves, and before each those that it is reached through, each once. */
export function withJumps<P extends { readonly way: Way }>(peers: readonly P[]): readonly (P | JumpHost)[] {
  const found = new Set<P | JumpHost>();
  const add = (peer: P | JumpHost) => {
    if (peer.way.kind === 'jump') add(peer.way.jump);
    found.add(peer);
  };
  for (const peer of peers) add(peer);
  return [...found];
}

function keyOf({ user, name, port }: Terms): string {
  return JSON.stringify([user, name, port]);
}
