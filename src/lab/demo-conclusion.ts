import type { Expectation } from './demo-expectations.ts';

/** What the demo ends with: the exit code is 0 only when there were expectations and all of them held. */
export function concludeDemo(
  expectations: readonly Expectation[],
  seconds: number,
): { readonly exitCode: number; readonly text: string } {
  const missed = expectations.filter(({ holds }) => !holds);
  if (expectations.length > 0 && missed.length === 0)
    return { exitCode: 0, text: proved(expectations.length, seconds) };
  const list = missed.map(({ words }) => `  ✗ ${words}\n`).join('');
  const count = `${missed.length} of ${expectations.length} expectations did not hold`;
  return { exitCode: 1, text: `\n\nNOT PROVED: ${count}, after ${seconds} s. The lab is gone.\n${list}` };
}

const proved = (expectations: number, seconds: number) => `

PROVED: all ${expectations} expectations held, in ${seconds} s.
  a) A change goes through the fleet in waves, and the site works through every gateway.
  b) A second run changes nothing, and costs one connection a gateway.
  c) Rules that lock everybody out are taken back by the gateway itself; the fleet stays as it was.
  d) Rules that break the site are noticed and taken back; the fleet stays as it was.
The lab is gone. For one of your own: sudo node dist/cli/main.js lab up
`;
