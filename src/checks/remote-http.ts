import { type Exited, noTool, probeFrom, wholeSeconds } from './far.ts';
import { BODY_LIMIT_BYTES, type HttpAnswer, judgeHttp, refusalOf } from './http-answer.ts';
import { plainHeaders } from './http-headers.ts';
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
  const headers = Object.entries(plainHeaders(probe)).map(([name, value]) => `${name}: ${value}\n`);
  const { certificateDays } = probe.expect;
  const url = new URL(probe.url);
  const args = [
    // Normalised by URL: it starts with its scheme, and no tool can take it for an option.
    url.href,
    String(seconds),
    String(BODY_LIMIT_BYTES),
    probe.method ?? 'GET',
    headers.length > 0 ? 'yes' : 'no',
    certificateDays === undefined || url.protocol === 'http:' ? '' : url.hostname.replace(/^\[|\]$/g, ''),
    url.port === '' ? '443' : url.port,
  ];
  // A header may be secret: of a command line everybody on that machine could read it.
  const command = { program: HTTP_PROGRAM, args, stdin: headers.join('') };
  return probeFrom(far, command, limitMs, cut, (result) => {
    if (result.code === NO_TOOL)
      return noTool(far, headers.length > 0 ? 'curl, python3' : 'curl, wget, python3');
    if (result.code === NO_CERTIFICATE_TOOL) return noTool(far, 'openssl');
    return judgeHttp(probe, answerOf(result, seconds * 1000), new Date());
  });
}

/** Exit code of the program when there is no tool; the tools' own stay below 100, `timeout` uses 124 to 127 and 128+n. */
const NO_TOOL = 100;
/** The same of what tells when a certificate ends. */
const NO_CERTIFICATE_TOOL = 101;

/**
 * `$2` URL, `$3` seconds, `$4` bytes of body to read, `$5` method, `$6` whether there are headers on stdin, `$7` and `$8` whose
 * certificate is asked for, if any, which is told on stderr. Prints the answer as it came, head and body, or, where a tool
 * won't print the head, the head on stderr and the body on stdout; exits as the tool does.
 *
 * BusyBox's wget is last, and not for https: it follows redirects and does not verify certificates.
 */
const HTTP_PROGRAM = `
LC_ALL=C; export LC_ALL
url=$2 limit=$3 bytes=$4 method=$5 headers=$6 host=$7 port=$8
has() { command -v "$1" >/dev/null 2>&1; }

case $host in ?*)
  has openssl || exit ${NO_CERTIFICATE_TOOL}
  case $host in *[!0-9.:]*) name=$host ;; *) name= ;; esac
  case $host in *:*) place="[$host]:$port" ;; *) place=$host:$port ;; esac
  brief() { if has timeout; then timeout "$limit" "$@"; else "$@"; fi; }
  brief openssl s_client -connect "$place" \${name:+-servername "$name"} </dev/null 2>/dev/null |
    openssl x509 -noout -enddate >&2 2>/dev/null
esac

# The headers as a tool reads them, so that no command line shows them.
as_config() {
  case $headers in yes) sed 's/\\\\/\\\\\\\\/g; s/"/\\\\"/g; s/.*/header = "&"/' ;; esac
}
as_lines() { case $headers in yes) cat ;; esac; }

# ask FORM TOOL…: runs a tool, passes on no more than a head and the wanted bytes, and exits as the tool did.
ask() {
  form=$1; shift
  code=$( { { "$form" | { "$@" 3>&-; echo $? >&3; }; } | head -c $((bytes + 65536)) >&4; } 3>&1 )
  exit "$code"
}
# For tools whose own time-out covers each step, not the whole.
ask_timed() {
  form=$1; shift
  if has timeout; then ask "$form" timeout "$limit" "$@"; else ask "$form" "$@"; fi
}

exec 4>&1
if has curl; then
  case $method in HEAD) set -- -I ;; *) set -- -i -X "$method" ;; esac
  ask as_config curl -q -g -s -S "$@" --noproxy '*' -m "$limit" -K - -- "$url"
fi
# wget takes headers from its command line alone, or from a file.
if has wget && [ "$headers" = no ]; then case $(wget --version 2>&1) in *'GNU Wget'*)
  ask_timed as_lines wget -nv -S -O - -T "$limit" -t 1 --method="$method" --max-redirect=0 --no-proxy --content-on-error --save-headers -- "$url" ;;
esac; fi
if has python3; then
  ask_timed as_lines python3 -c 'import http.client, sys, urllib.parse
url = urllib.parse.urlsplit(sys.argv[1])
Connection = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
try:
    connection = Connection(url.hostname, url.port, timeout=float(sys.argv[2]))
    lines = sys.stdin.buffer.read().decode("latin-1").split("\\n")[:-1]
    headers = dict(line.split(": ", 1) for line in lines)
    connection.request(sys.argv[4], (url.path or "/") + ("?" + url.query if url.query else ""), headers=headers)
    response = connection.getresponse()
    sys.stdout.write("HTTP/1.1 %d\\r\\n" % response.status)
    for name, value in response.getheaders():
        sys.stdout.write("%s: %s\\r\\n" % (name, value))
    sys.stdout.write("\\r\\n")
    sys.stdout.flush()
    body = response.read(int(sys.argv[3]))
    sys.stdout.buffer.write(body)
    if len(body) < int(sys.argv[3]) and response.length:
        sys.exit("the connection was closed within the body")
except Exception as error:
    sys.exit(str(error) or type(error).__name__)' "$url" "$limit" "$bytes" "$method"
fi
# BusyBox's wget has neither other methods nor a way to hide a header.
case $method$headers$url in GETnohttp:*)
  if has busybox && busybox wget --help >/dev/null 2>&1; then ask_timed as_lines busybox wget -Y off -q -S -O - "$url"; fi
  if has wget; then ask_timed as_lines wget -Y off -q -S -O - "$url"; fi ;;
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
  if (answer !== undefined && (isFull || ANSWERED.includes(code)))
    return { kind: 'answered', ...answer, ...endIn(stderr) };
  if (TIMED_OUT.includes(code))
    return { kind: 'failed', reason: `timed out after ${formatSeconds(limitMs)}` };
  // wget indents the head among its notes.
  const said = oneLine(stderr.replace(/^ {2}.*|^notAfter=.*/gm, '')) || `no answer (exit ${code})`;
  if (answer !== undefined)
    return { kind: 'failed', reason: `status ${answer.status}, then the body broke off: ${said}` };

  const noted = noteOf(stdout, stderr);
  // BusyBox's wget exits 1 both for a status it dislikes and for a broken connection; only the first has no body.
  const isWhole = isFull || ANSWERED.includes(code) || (code === 1 && stdout === '');
  return noted !== undefined && isWhole
    ? { kind: 'answered', ...noted, ...endIn(stderr) }
    : { kind: 'failed', reason: said };
}

/** When a certificate ends, as openssl says it. */
function endIn(stderr: string): { readonly certificateEnds?: Date } {
  const [, end] = /^notAfter=(.+)$/m.exec(stderr) ?? [];
  return end === undefined ? {} : { certificateEnds: new Date(end) };
}

type Answer = Pick<Extract<HttpAnswer, { kind: 'answered' }>, 'status' | 'body' | 'headers'>;

/** Head and body as they came over the wire; interim heads (1xx) come first and don't count. */
function splitHead(text: string): Answer | undefined {
  const head = /^HTTP\/[\d.]+ (\d{3})[^\n]*\n((?:[^\r\n][^\n]*\n)*)\r?\n/.exec(text);
  if (head === null) return undefined;
  const [whole, status = '', lines = ''] = head;
  const body = text.slice(whole.length);
  return status.startsWith('1')
    ? splitHead(body)
    : { status: Number(status), body, headers: headersIn(lines) };
}

/** The head among a tool's notes. The first status is the answer; after a redirect the body is another page's. */
function noteOf(stdout: string, stderr: string): Answer | undefined {
  const [, first, lines = ''] = /HTTP\/[\d.]+ (\d{3})[^\n]*\n?((?: .*\n?)*)/.exec(stderr) ?? [];
  if (first === undefined) return undefined;
  const status = Number(first);
  return { status, body: status >= 300 && status < 400 ? '' : stdout, headers: headersIn(lines) };
}

function headersIn(lines: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines.split('\n')) {
    // After a redirect that a tool follows, another answer's begin.
    if (/^\s*HTTP\//.test(line)) break;
    const [, name, value = ''] = /^\s*([^\s:]+):\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) continue;
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}
