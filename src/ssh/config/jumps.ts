import { portOf } from './values.ts';

/** One host to jump through, as it is written. */
export type JumpSpec = { readonly user?: string; readonly host: string; readonly port?: number };

/** The value of `ProxyJump`: hosts in the order in which they are passed; empty for `none`. */
export function parseJumps(text: string): readonly JumpSpec[] | undefined {
  const value = text.replace(/#.*/s, '').trim();
  if (value.toLowerCase() === 'none') return [];
  const specs = value.split(',').map((each) => parseJump(each));
  return specs.every((spec) => spec !== undefined) ? specs : undefined;
}

export function formatJump({ user, host, port }: JumpSpec): string {
  const login = user === undefined ? '' : `${user}@`;
  return `${login}${host.includes(':') ? `[${host}]` : host}${port === undefined ? '' : `:${port}`}`;
}

/** `[user@]host[:port]`, with brackets around IPv6, or the same as `ssh://…`. */
function parseJump(text: string): JumpSpec | undefined {
  const uri = /^ssh:\/\/([^/]*)\/?$/i.exec(text);
  const body = uri?.[1] ?? text;
  const [, user, bracketed, bare, port] =
    /^(?:(.*)@)?(?:\[([^\]]+)\]|([^:/[\]]+))(?::(\d+))?$/s.exec(body) ?? [];
  const host = bracketed ?? bare;
  const number = port === undefined ? undefined : portOf(port);
  const login = user === undefined || uri === null ? user : decode(user);
  const isWrong = host === undefined || login === '' || (port !== undefined && number === undefined);
  // A leading dash would be an option to ssh(1), which refuses it.
  if (isWrong || !/^[\p{L}\p{N}_:%][\p{L}\p{N}_.:%-]*$/u.test(host) || login?.startsWith('-'))
    return undefined;
  return {
    host,
    ...(login === undefined ? {} : { user: login }),
    ...(number === undefined ? {} : { port: number }),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
