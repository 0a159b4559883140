import { noTool, probeFrom, wholeSeconds } from './far.ts';
import type { Far, ProbeOf } from './kind.ts';
import { judgePort, portStateSaid } from './port-state.ts';
import { oneLine, type Sight } from './sight.ts';

/** Tries once, from the far end of a connection and with whatever tool it has, to open a connection to a port. */
export async function tcpFromAfar(
  far: Far,
  probe: ProbeOf<'tcp'>,
  limitMs: number,
  cut: AbortSignal,
): Promise<Sight | 'cut'> {
  // A tool would take it for an option.
  if (probe.address.startsWith('-')) return { verdict: 'unknown', seen: 'not an address', isFinal: true };
  const seconds = wholeSeconds(limitMs);
  const command = { program: TCP_PROGRAM, args: [probe.address, String(probe.port), String(seconds)] };
  return probeFrom(far, command, limitMs, cut, ({ stdout, stderr }) => {
    const [word = '', ...rest] = stdout.trim().split(' ');
    if (word === 'no-tool') return noTool(far, 'nc, bash with timeout, python3, curl');
    const said = oneLine(rest.join(' ')) || oneLine(stderr);
    return judgePort(probe.expect, portStateSaid(word, said, seconds * 1000));
  });
}

/**
 * `$2` address, `$3` port, `$4` seconds. Prints one word, a kind of `PortState`; `unclear` and what the last tool said
 * when none could be understood; `no-tool` when there was none. A tool that lacks an option says something that means
 * nothing to us, and the next one is asked.
 *
 * curl comes last: it waits for the far end to speak, so that an open port takes the whole time.
 */
const TCP_PROGRAM = `
LC_ALL=C; export LC_ALL
host=$2 port=$3 limit=$4 said=
has() { command -v "$1" >/dev/null 2>&1; }

# settle CODE TEXT: ends the program if the outcome of a tool is clear.
settle() {
  said=\${2:-exit $1}
  case $1 in 0) echo open; exit 0 ;; esac
  case $2 in
    *refused*) echo refused ;;
    *[Tt]'imed out'*|*TIMEOUT*) echo filtered ;;
    *'No route to host'*|*'ost is unreachable'*) echo no-route ;;
    *'etwork is unreachable'*|*'etwork unreachable'*) echo no-network ;;
    *ermission\\ denied*) case $1 in 126) return ;; *) echo prohibited ;; esac ;;
    *'not known'*|*'not resolve'*|*'name resolution'*|*'bad address'*|*'lookup failed'*)
      # A literal address can't fail to resolve: this tool does not know IPv6.
      case $host in *:*) return ;; *) echo unresolved ;; esac ;;
    *) return ;;
  esac
  exit 0
}

netcat() {
  text=$("$@" -v -z -w "$limit" "$host" "$port" </dev/null 2>&1); settle $? "$text"
  # BusyBox without -z: run a program on the connection that ends at once.
  case $text in *BusyBox*)
    text=$("$@" -w "$limit" "$host" "$port" -e /bin/true </dev/null 2>&1); settle $? "$text" ;;
  esac
}

if has nc; then netcat nc; fi
if has busybox; then netcat busybox nc; fi
if has bash && has timeout; then
  text=$(timeout "$limit" bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$host" "$port" </dev/null 2>&1); code=$?
  # 143: the timeout of BusyBox.
  case $code in 124|143) text='timed out' ;; esac
  settle $code "$text"
fi
if has python3; then
  text=$(python3 -c 'import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), float(sys.argv[3]))
except Exception as error:
    sys.exit(str(error))' "$host" "$port" "$limit" </dev/null 2>&1); settle $? "$text"
fi
if has curl; then
  case $host in *:*) url="telnet://[$host]:$port" ;; *) url="telnet://$host:$port" ;; esac
  text=$(curl -q -g -s -v --noproxy '*' -m "$limit" -o /dev/null -w 'connected after %{time_connect}' "$url" </dev/null 2>&1); code=$?
  case $text in *'connected after '*[1-9]*) code=0 ;; esac
  settle $code "$text"
fi
case $said in '') echo no-tool ;; *) echo "unclear $said" ;; esac
`;
