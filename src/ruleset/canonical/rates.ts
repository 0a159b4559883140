/** `10/min` as iptables counts it: the time between two packets, and the unit it was written in. */
export type Rate = { readonly period: number; readonly unitSeconds: number };

const UNITS = [
  { name: 'day', written: 'day', seconds: 86_400 },
  { name: 'hour', written: 'hour', seconds: 3600 },
  { name: 'min', written: 'minute', seconds: 60 },
  { name: 'sec', written: 'second', seconds: 1 },
] as const;

/** @param scale the periods of a second that the match counts in: 10 000 of limit, 1 000 000 of hashlimit */
export function parseRate(text: string, scale: number): Rate | undefined {
  const [, count = '', unit] = /^([1-9]\d{0,8})(?:\/([a-z]+))?$/i.exec(text) ?? [];
  if (count === '') return undefined;
  const seconds =
    unit === undefined ? 1 : UNITS.find(({ written }) => written.startsWith(unit.toLowerCase()))?.seconds;
  if (seconds === undefined) return undefined;
  const period = Math.floor((scale * seconds) / Number(count));
  return period === 0 || Number(count) / seconds > scale ? undefined : { period, unitSeconds: seconds };
}

/** As saved: in the smallest unit that says it no worse than the one before. */
export function formatRate(
  period: number,
  scale: number,
): { readonly text: string; readonly seconds: number } {
  let chosen: (typeof UNITS)[number] = UNITS[0];
  for (const unit of UNITS.slice(1)) {
    const most = scale * unit.seconds;
    if (period > most || Math.floor(most / period) < most % period) break;
    chosen = unit;
  }
  return { text: `${Math.floor((scale * chosen.seconds) / period)}/${chosen.name}`, seconds: chosen.seconds };
}
