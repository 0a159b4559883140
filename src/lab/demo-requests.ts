import type { Lab } from './lab.ts';
import { findScript } from './tools.ts';

/** What became of the requests that a client sent to one gateway, over one family. */
export type Tally = {
  readonly gateway: string;
  readonly family: 'IPv4' | 'IPv6';
  /** By the name of the backend that answered. */
  readonly answers: Readonly<Record<string, number>>;
  /** By what went wrong. */
  readonly failures: Readonly<Record<string, number>>;
};

/** Sends so many requests to every gateway over each family, from the lab's client, and counts who answered. */
export async function sendRequests(
  lab: Lab,
  requests: number,
  signal: AbortSignal,
): Promise<readonly Tally[]> {
  const targets = lab.gateways.flatMap(({ name, address, address6 }) => [
    { gateway: name, family: 'IPv4' as const, host: address },
    { gateway: name, family: 'IPv6' as const, host: address6 },
  ]);
  const argv = [process.execPath, findScript('demo-requests.mjs'), `${requests}`];
  const { code, stdout, stderr } = await lab.exec('client', argv, { stdin: JSON.stringify(targets), signal });
  signal.throwIfAborted();
  if (code !== 0) throw new Error(`The requests ended with ${code}: ${stderr}`);
  const counts: readonly Pick<Tally, 'answers' | 'failures'>[] = JSON.parse(stdout);
  return targets.map(({ gateway, family }, index) => {
    return { gateway, family, answers: {}, failures: {}, ...counts[index] };
  });
}

/** Whether every request was answered, and by all backends (and nobody else) equally often. */
export function isEven({ answers, failures }: Tally, backends: readonly string[], requests: number): boolean {
  const asked = [...new Set([...backends, ...Object.keys(answers)])];
  return (
    Object.keys(failures).length === 0 &&
    asked.every((name) => backends.includes(name) && (answers[name] ?? 0) * backends.length === requests)
  );
}

/** Formats a line for each gateway with its counts over both families, below a line of headings. */
export function formatTallies(tallies: readonly Tally[], backends: readonly string[]): string {
  const cells = (words: readonly (string | number)[]) => words.map((word) => `${word}`.padStart(6)).join('');
  const families = [...new Set(tallies.map(({ family }) => family))];
  const headings = families.map((family) => `   ${family}:${cells(backends)}`);
  const lines = [...new Set(tallies.map(({ gateway }) => gateway))].map((gateway) => {
    const counts = families.map((family) => {
      const tally = tallies.find((one) => one.gateway === gateway && one.family === family);
      const missed = Object.entries(tally?.failures ?? {}).map(([why, count]) => ` ${count} × ${why}`);
      return `        ${cells(backends.map((name) => tally?.answers[name] ?? 0))}${missed.join(',')}`;
    });
    return `${gateway.padEnd(8)}${counts.join('')}`;
  });
  return [`        ${headings.join('')}`, ...lines].map((line) => `  ${line}\n`).join('');
}
