import { noTool, probeFrom, wholeSeconds } from './far.ts';
import { runHere } from './here.ts';
import type { Kind, ProbeOf } from './kind.ts';
import { describe, judgePort, portStateSaid } from './port-state.ts';
import { oneLine, type Sight } from './sight.ts';

/** Sends one echo request. */
export const pingKind: Kind<ProbeOf<'ping'>> = {
  tried: ({ address }) => `ping ${address}`,
  expected: ({ expect }) => (expect === 'open' ? 'a reply' : expect),
  here: async ({ address, expect }, limitMs, cut) => {
    const seconds = wholeSeconds(limitMs);
    const ended = await runHere(PING_PROGRAM, [address, String(seconds)], seconds * 1000 + GRACE_MS, cut);
    if (ended === 'cut') return ended;
    if (ended === 'timed out') return judgePort(expect, { kind: 'filtered', afterMs: limitMs });
    if (ended.stdout.startsWith('no-tool'))
      return {
        verdict: 'unknown',
        seen: 'no tool on the controller: install ping',
        isFinal: true,
        obstacle: 'tool',
      };
    return judgePing(expect, ended.stdout, seconds * 1000);
  },
  there: (far, { address, expect }, limitMs, cut) => {
    const seconds = wholeSeconds(limitMs);
    // An old or a small ping may need it.
    const become = far.isVantage === undefined;
    const command = { program: PING_PROGRAM, args: [address, String(seconds)], become };
    return probeFrom(far, command, limitMs, cut, ({ stdout }) =>
      stdout.startsWith('no-tool') ? noTool(far, 'ping') : judgePing(expect, stdout, seconds * 1000),
    );
  },
};

const GRACE_MS = 2_000;

/** What the program below printed: a word, and what ping said. */
export function judgePing(expect: ProbeOf<'ping'>['expect'], printed: string, limitMs: number): Sight {
  const [word = '', ...rest] = printed.trim().split(' ');
  const said = oneLine(rest.join(' '));
  const state = portStateSaid(word, said || 'ping said nothing', limitMs);
  const { verdict } = judgePort(expect, state);
  return {
    verdict,
    seen: state.kind === 'open' ? `a reply${said === '' ? '' : ` in ${said}`}` : describe(state),
  };
}

/**
 * `$2` address, `$3` seconds. Prints a word, a kind of `PortState`, and after `open` how long the reply took; BusyBox's ping does not
 * tell of ICMP errors. A packet that the machine's own rules drop on its way out is filtered, too.
 */
const PING_PROGRAM = `
LC_ALL=C PATH=$PATH:/usr/sbin:/sbin; export LC_ALL PATH
has() { command -v "$1" >/dev/null 2>&1; }
if has ping; then set -- "$2" "$3" ping; elif has busybox; then set -- "$2" "$3" busybox ping
else echo no-tool; exit; fi
host=$1 limit=$2; shift 2
quiet=filtered
case $("$@" --help 2>&1) in *BusyBox*) quiet=silent ;; esac
text=$("$@" -n -c 1 -W "$limit" "$host" </dev/null 2>&1); code=$?
case $code$text in
  # BusyBox's knows no -n, and needs none.
  *'invalid option'*|*'unrecognized option'*) text=$("$@" -c 1 -W "$limit" "$host" </dev/null 2>&1); code=$? ;;
esac
case $code in 0) time=\${text##*time=}; echo "open \${time%%ms*}ms"; exit ;; esac
case $text in
  # EACCES: a route of the kind prohibit, or a rule; iputils takes it for a broadcast address.
  *rohibited*|*'acket filtered'*|*'administratively'*|*'sendto: Permission denied'*|*'ping broadcast'*) echo prohibited ;;
  *'Port Unreachable'*|*'port unreachable'*|*'onnection refused'*) echo refused ;;
  *'ost Unreachable'*|*'Address unreachable'*|*'No route to host'*|*'ddress unreachable'*) echo no-route ;;
  *'etwork is unreachable'*|*'et Unreachable'*|*'No route'*) echo no-network ;;
  *'not known'*|*'name resolution'*|*'bad address'*|*'unknown host'*) echo unresolved ;;
  *'sendmsg: Operation not permitted'*|*'sendto: Operation not permitted'*) echo filtered ;;
  *' 0 received'*|*' 0 packets received'*) echo "$quiet" ;;
  *) echo unclear "$text" ;;
esac
`;
