import { type Exited, noTool, probeFrom, wholeSeconds } from './far.ts';
import { BODY_LIMIT_BYTES, type HttpAnswer, judgeHttp, refusalOf } from './http-answer.ts';
import type { Far, ProbeOf } from './kind.ts';
import { formatSeconds, oneLine, type Sight } from './sight.ts';

/** Asks once, from the far end of a connection and with whatever tool it has, for a URL. */
export async function httpFromAfar(
  far: Far,
  probe: ProbeOf<'http'>,
  limitMs: number,
  cut: AbortSignal,
): Promise<Sight | 'cut'> {
  const refusal = refusalOf(probe.url);
  if (refusal !== undefined) return { verdict: 'fail', seen: refusal, isFinal: true };
  const seconds = wholeSeconds(limitMs);
  // Normalised by URL: it starts with its scheme, and no tool can take it for an option.
  const args = [new URL(probe.url).href, String(seconds), String(BODY_LIMIT_BYTES)];
  return probeFrom(far, { program: HTTP_PROGRAM, args }, limitMs, cut, (result) =>
    result.code === NO_TOOL
      ? noTool(far, 'curl, wget, python3')
      : judgeHttp(probe.expect, answerOf(result, seconds * 1000)),
  );
}

/** Exit code of the program when there is no tool; the tools' own stay below 100, `timeout` uses 124 to 127 and 128+n. */
const NO_TOOL = 100;

/**
 * `$2` URL, `$3` seconds, `$4` bytes of body to read. Prints the answer as it came, head and body, or, where a tool
 * won't print the head, the head on stderr and the body on stdout; exits as the tool does.
 *
 * BusyBox's wget is last, and not for https: it follows redirects and does not verify certificates.
 */
const HTTP_PROGRAM = `
LC_ALL=C; export LC_ALL
url=$2 limit=$3 bytes=$4
has() { command -v "$1" >/dev/null 2>&1; }

# Runs a tool, passes on no more than a head and the wanted bytes, and exits as the tool did.
ask() {
  code=$( { { "$@" </dev/null 3>&-; echo $? >&3; } | head -c $((bytes + 65536)) >&4; } 3>&1 )
  exit "$code"
}
# For tools whose own time-out covers each step, not the whole.
ask_timed() { if has timeout; then ask timeout "$limit" "$@"; else ask "$@"; fi; }

exec 4>&1
if has curl; then
  ask curl -q -g -s -S -i --noproxy '*' -m "$limit" -- "$url"
fi
if has wget; then case $(wget --version 2>&1) in *'GNU Wget'*)
  ask_timed wget -nv -S -O - -T "$limit" -t 1 --max-redirect=0 --no-proxy --content-on-error --save-headers -- "$url" ;;
esac; fi
if has python3; then
  ask_timed python3 -c 'import http.client, sys, urllib.parse
url = urllib.parse.urlsplit(sys.argv[1])
Connection = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
try:
    connection = Connection(url.hostname, url.port, timeout=float(sys.argv[2]))
    connection.request("GET", (url.path or "/") + ("?" + url.query if url.query else ""))
    response = connection.getresponse()
    sys.stdout.write("HTTP/1.1 %d\\r\\n\\r\\n" % response.status)
    sys.stdout.flush()
    body = response.read(int(sys.argv[3]))
    sys.stdout.buffer.write(body)
    if len(body) < int(sys.argv[3]) and response.length:
        sys.exit("the connection was closed within the body")
except Exception as error:
    sys.exit(str(error) or type(error).__name__)' "$url" "$limit" "$bytes"
fi
case $url in http:*)
  if has busybox && busybox wget --help >/dev/null 2>&1; then ask_timed busybox wget -Y off -q -S -O - "$url"; fi
  if has wget; then ask_timed wget -Y off -q -S -O - "$url"; fi ;;
esac
exit ${NO_TOOL}
`;

/** Exit codes of tools that were stopped by their time limit: curl, timeout, BusyBox's timeout. */
const TIMED_OUT = [28, 124, 143];
/** Exit codes that come with a whole answer; 8 is GNU wget's for a status that it calls an error. */
const ANSWERED = [0, 8];

function answerOf({ code, stdout, stderr }: Exited, limitMs: number): HttpAnswer {
  const answer = splitHead(stdout);
  // Whoever has sent more than we read is stopped by a closed pipe.
  const isFull = Buffer.byteLength(stdout) >= BODY_LIMIT_BYTES;
  if (answer !== undefined && (isFull || ANSWERED.includes(code))) return { kind: 'answered', ...answer };
  if (TIMED_OUT.includes(code))
    return { kind: 'failed', reason: `timed out after ${formatSeconds(limitMs)}` };
  // wget indents the head among its notes.
  const said = oneLine(stderr.replace(/^ {2}.*/gm, '')) || `no answer (exit ${code})`;
  if (answer !== undefined)
    return { kind: 'failed', reason: `status ${answer.status}, then the body broke off: ${said}` };

  const noted = noteOf(stdout, stderr);
  // BusyBox's wget exits 1 both for a status it dislikes and for a broken connection; only the first has no body.
  const isWhole = isFull || ANSWERED.includes(code) || (code === 1 && stdout === '');
  return noted !== undefined && isWhole ? { kind: 'answered', ...noted } : { kind: 'failed', reason: said };
}

type Answer = { readonly status: number; readonly body: string };

/** Head and body as they came over the wire; interim heads (1xx) come first and don't count. */
function splitHead(text: string): Answer | undefined {
  const head = /^HTTP\/[\d.]+ (\d{3})[^\n]*\n(?:[^\r\n][^\n]*\n)*\r?\n/.exec(text);
  if (head === null) return undefined;
  const [whole, status = ''] = head;
  const body = text.slice(whole.length);
  return status.startsWith('1') ? splitHead(body) : { status: Number(status), body };
}

/** The head among a tool's notes. The first status is the answer; after a redirect the body is another page's. */
function noteOf(stdout: string, stderr: string): Answer | undefined {
  const statuses = [...stderr.matchAll(/HTTP\/[\d.]+ (\d{3})/g)].map(([, status]) => Number(status));
  const [status] = statuses;
  return status === undefined ? undefined : { status, body: status >= 300 && status < 400 ? '' : stdout };
}
