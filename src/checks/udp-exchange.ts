import dgram from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { noTool, probeFrom, wholeSeconds } from './far.ts';
import type { Far } from './kind.ts';
import { within } from './limit.ts';
import { type PortState, portStateOf } from './port-state.ts';
import { oneLine, type Sight } from './sight.ts';

/** A datagram to send, and to whom. */
export type Datagram = { readonly address: string; readonly port: number; readonly payload: Buffer };

/** What came of it: the first datagram that came back, or how the attempt ended. */
export type Exchanged =
  | { readonly kind: 'answered'; readonly bytes: Buffer }
  | Exclude<PortState, { kind: 'open' }>;

/** Sends one datagram from here, over a socket that hears refusals, and waits for an answer. */
export async function exchangeHere(
  datagram: Datagram,
  limitMs: number,
  cut: AbortSignal,
): Promise<Exchanged | 'cut'> {
  const exchanged = await within(limitMs, cut, (signal) => exchange(datagram, signal));
  return exchanged === 'timed out' ? { kind: 'filtered', afterMs: limitMs } : exchanged;
}

async function exchange({ address, port, payload }: Datagram, signal: AbortSignal): Promise<Exchanged> {
  const failed = (error: NodeJS.ErrnoException) => {
    const state = portStateOf(error);
    return state.kind === 'open' ? { kind: 'other' as const, reason: error.message } : state;
  };
  let found: { readonly address: string; readonly family: number };
  try {
    found = await lookup(address);
  } catch (error) {
    return failed(error as NodeJS.ErrnoException);
  }
  const socket = dgram.createSocket(found.family === 6 ? 'udp6' : 'udp4');
  try {
    return await new Promise<Exchanged>((resolve) => {
      socket.on('error', (error) => resolve(failed(error)));
      socket.on('message', (bytes) => resolve({ kind: 'answered', bytes }));
      signal.addEventListener('abort', () => resolve({ kind: 'filtered' }), { once: true });
      socket.connect(port, found.address, () =>
        socket.send(payload, (error) => error && resolve(failed(error))),
      );
    });
  } finally {
    socket.close();
  }
}

/** Sends one datagram from the far end of a connection, with whatever tool is there. `read` judges what came of it. */
export function exchangeAfar(
  far: Far,
  { address, port, payload }: Datagram,
  limitMs: number,
  cut: AbortSignal,
  read: (exchanged: Exchanged) => Sight,
): Promise<Sight | 'cut'> {
  const seconds = wholeSeconds(limitMs);
  const octal = [...payload].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  const command = { program: UDP_PROGRAM, args: [address, String(port), String(seconds), octal] };
  return probeFrom(far, command, limitMs, cut, ({ stdout, stderr }) => {
    const [word = '', ...rest] = stdout.trim().split(' ');
    switch (word) {
      case 'answer':
        return read({ kind: 'answered', bytes: Buffer.from(rest.join(''), 'hex') });
      case 'refused':
      case 'no-route':
      case 'prohibited':
      case 'no-network':
      case 'unresolved':
        return read({ kind: word });
      case 'filtered':
      case 'silent':
        return read({ kind: word, afterMs: seconds * 1000 });
      case 'no-tool':
        return noTool(far, 'python3, bash with timeout, nc');
      default:
        return read({
          kind: 'other',
          reason: oneLine(rest.join(' ')) || oneLine(stderr) || 'the probe said nothing',
        });
    }
  });
}

/**
 * `$2` address, `$3` port, `$4` seconds, `$5` what is sent, each byte as `\ooo`. Prints `answer` and the bytes in hexadecimal, or
 * one word, a kind of `PortState`; `unclear` and what the last tool said when none could be understood.
 *
 * nc hears no refusals, and comes last.
 */
const UDP_PROGRAM = `
LC_ALL=C; export LC_ALL
host=$2 port=$3 limit=$4 bytes=$5 said=
has() { command -v "$1" >/dev/null 2>&1; }
hex() { od -An -v -tx1 | tr -d ' \\n'; }

# settle TEXT: ends the program if what a tool said is clear.
settle() {
  said=$1
  case $1 in
    *'answer '*) echo "answer \${1##*answer }" ;;
    *refused*) echo refused ;;
    *'timed out'*) echo filtered ;;
    *'No route to host'*|*'ost is unreachable'*) echo no-route ;;
    *'etwork is unreachable'*) echo no-network ;;
    *'ermission denied'*) echo prohibited ;;
    *'not known'*|*'name resolution'*|*'lookup failed'*)
      case $host in *:*) return ;; *) echo unresolved ;; esac ;;
    *) return ;;
  esac
  exit 0
}

if has python3; then
  settle "$(python3 -c 'import socket, sys
host, port, limit, octal = sys.argv[1:5]
try:
    family, kind, proto, _, place = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)[0]
    link = socket.socket(family, kind, proto)
    link.settimeout(float(limit))
    link.connect(place)
    link.send(bytes(int(byte, 8) for byte in octal.split("\\\\")[1:]))
    print("answer " + link.recv(65535).hex())
except socket.timeout:
    print("timed out")
except Exception as error:
    print(error)' "$host" "$port" "$limit" "$bytes" </dev/null 2>&1)"
fi
if has bash && has timeout && has dd && has od; then
  # dd collects what bash may write in parts: it has to be one datagram.
  settle "$(bash -c 'exec 3<>"/dev/udp/$1/$2" || exit
    printf "$4" | dd ibs=512 obs=65535 2>/dev/null >&3
    hex=$(timeout "$3" dd bs=65535 count=1 <&3 | od -An -v -tx1 | tr -d " \\n"; exit "\${PIPESTATUS[0]}")
    case $? in 0) echo "answer $hex" ;; 124|143) echo "timed out" ;; esac
    ' bash "$host" "$port" "$limit" "$bytes" 2>&1 </dev/null)"
fi
netcat() {
  text=$({ printf "$bytes" | "$@" -u -w "$limit" "$host" "$port" 2>&4 | hex; } 4>&1)
  case $text in
    '') echo silent; exit 0 ;;
    *[!0-9a-f]*) settle "$text" ;;
    *) settle "answer $text" ;;
  esac
}
if has od; then
  if has nc; then netcat nc; fi
  if has busybox; then netcat busybox nc; fi
fi
case $said in '') echo no-tool ;; *) echo "unclear $said" ;; esac
`;
