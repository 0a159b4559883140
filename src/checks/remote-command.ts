import { judgeCommand } from './command-judge.ts';
import { probeFrom, wholeSeconds } from './far.ts';
import type { Far, ProbeOf } from './kind.ts';
import { formatSeconds, type Sight } from './sight.ts';

/**
 * Runs a command once: on the gateway as root, where the login may run more than the gateway's own program as root; on a vantage
 * host as the login.
 */
export async function runCommand(
  far: Far,
  probe: ProbeOf<'command'>,
  limitMs: number,
  cut: AbortSignal,
): Promise<Sight | 'cut'> {
  const seconds = wholeSeconds(limitMs);
  const command = {
    program: COMMAND_PROGRAM,
    args: [probe.command, String(seconds)],
    become: far.isVantage === undefined,
  };
  return probeFrom(far, command, limitMs, cut, (result, elapsedMs) => {
    // The exit code alone can't tell: a command may exit 124 by itself.
    const isOutOfTime = STOPPED.includes(result.code) && elapsedMs >= seconds * 1000 - CLOCK_SLACK_MS;
    if (isOutOfTime) return { verdict: 'fail', seen: `stopped after ${formatSeconds(seconds * 1000)}` };
    return judgeCommand(probe.expect, result);
  });
}

/** What `timeout` exits with when it stops a command: coreutils by TERM, by KILL, BusyBox. */
const STOPPED = [124, 137, 143];
/** Two machines' clocks may differ by this much within one try. */
const CLOCK_SLACK_MS = 50;

/**
 * `$2` the command, `$3` seconds. Where `timeout` is missing (or too old for these options) only the controller's limit
 * holds. stdin is empty, so that a command that reads it can't hang. Not `exec`: BusyBox's
 * `timeout` becomes the command and is killed with it, which must arrive here as an exit code.
 */
const COMMAND_PROGRAM = `
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export PATH
if timeout -k 2 2 true 2>/dev/null; then timeout -k 2 "$3" /bin/sh -c "$2" </dev/null; exit; fi
/bin/sh -c "$2" </dev/null; exit
`;
