const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 0.001],
  ['s', 1],
  ['m', 60],
  ['h', 3600],
]);

/** The seconds of a duration as the schema lets it through: a number of seconds, or text such as `500ms`, `30s`, `2m`, `1h`. */
export function parseDuration(written: number | string): number {
  if (typeof written === 'number') return written;
  const [, number = '', unit = 's'] = /^([\d.]+)(ms|s|m|h)?$/.exec(written) ?? [];
  return Number(number) * (UNITS.get(unit) ?? Number.NaN);
}
