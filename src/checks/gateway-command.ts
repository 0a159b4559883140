import type { Remote } from '../remote.ts';
import { type Exited, probeFrom, wholeSeconds } from './gateway.ts';
import type { Probe } from './model.ts';
import { formatSeconds, oneLine, type Sight } from './sight.ts';
import { quote } from './words.ts';

/** Runs a command once, on the gateway: as root, where the login may run more than the gateway's own program as root. */
export async function commandOnGateway(
  gateway: Remote,
  probe: Extract<Probe, { kind: 'command' }>,
  limitMs: number,
  cut: AbortSignal,
): Promise<Sight | 'cut'> {
  const seconds = wholeSeconds(limitMs);
  const command = { program: COMMAND_PROGRAM, args: [probe.command, String(seconds)], become: true };
  const startedMs = performance.now();
  return probeFrom(gateway, command, limitMs, cut, (result) => {
    // The exit code alone can't tell: a command may exit 124 by itself.
    const isOutOfTime =
      STOPPED.includes(result.code) && performance.now() - startedMs >= seconds * 1000 - CLOCK_SLACK_MS;
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

function judgeCommand(
  expect: Extract<Probe, { kind: 'command' }>['expect'],
  { code, stdout, stderr }: Exited,
): Sight {
  const said = oneLine(stderr, 120);
  const seen = `exit ${code}`;
  if (code !== expect.exitCode) return { verdict: 'fail', seen: said === '' ? seen : `${seen}: ${said}` };
  if (expect.stdout !== undefined && !stdout.includes(expect.stdout)) {
    return { verdict: 'fail', seen: `${seen}, stdout without ${quote(expect.stdout)}` };
  }
  return { verdict: 'pass', seen };
}
