/** `strict` refuses unknown host keys, `accept-new` remembers them, `off` takes any key that is not revoked. */
export type HostKeyChecking = 'strict' | 'accept-new' | 'off';

/** `ask` has nobody to ask here, which makes it strict, as under ssh's BatchMode. */
export function hostKeyCheckingOf(value: string): HostKeyChecking | undefined {
  switch (value.toLowerCase()) {
    case 'yes':
    case 'true':
    case 'ask':
      return 'strict';
    case 'accept-new':
      return 'accept-new';
    case 'no':
    case 'false':
    case 'off':
      return 'off';
    default:
      return undefined;
  }
}

export function booleanOf(value: string): boolean | undefined {
  const text = value.toLowerCase();
  if (text === 'yes' || text === 'true') return true;
  return text === 'no' || text === 'false' ? false : undefined;
}

const secondsOf: { readonly [unit: string]: number } = { '': 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** The times of sshd_config(5), TIME FORMATS, in seconds: `90`, `1m30s`; `none` is 0. */
export function timeOf(value: string): number | undefined {
  if (value.toLowerCase() === 'none') return 0;
  if (!/^(\d{1,9}[smhdw]?)+$/i.test(value)) return undefined;
  const parts = [...value.matchAll(/(\d+)([smhdw]?)/gi)];
  const seconds = parts.reduce(
    (sum, [, number = '', unit = '']) => sum + Number(number) * (secondsOf[unit.toLowerCase()] ?? 0),
    0,
  );
  return seconds < 2 ** 31 ? seconds : undefined;
}

export function addressFamilyOf(value: string): 'any' | 4 | 6 | undefined {
  const text = value.toLowerCase();
  if (text === 'any') return 'any';
  if (text === 'inet') return 4;
  return text === 'inet6' ? 6 : undefined;
}

export function portOf(value: string): number | undefined {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  return port >= 1 && port <= 65535 ? port : undefined;
}
