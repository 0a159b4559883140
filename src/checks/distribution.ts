import { binomialRange } from './binomial.ts';
import { noTool, probeFrom, wholeSeconds } from './far.ts';
import { refusalOf } from './http-answer.ts';
import type { Kind, ProbeOf } from './kind.ts';
import { within } from './limit.ts';
import { askForLine } from './line.ts';
import { formatSeconds, oneLine, type Sight } from './sight.ts';
import { quote } from './words.ts';

type DistributionProbe = ProbeOf<'distribution'>;

/** How often a distribution that is as it should be may fail the check: once in this many. */
const ONE_IN = 10_000;

/** Makes connections one after the other, and counts which backend each came to, by the first line of its answer. */
export const distributionKind: Kind<DistributionProbe> = {
  tried: ({ url, connections }) => `${connections} × GET ${oneLine(url)}`,
  expected: ({ connections, expect: { by, shares } }) => {
    const ranges = Object.entries(rangesOf(connections, by, shares));
    if (by === 'sticky') return `one of ${ranges.map(([name]) => name).join(', ')} alone`;
    return oneLine(ranges.map(([name, [least, most]]) => `${name} ${least}–${most}`).join(', '));
  },
  here: async (probe, limitMs, cut) => {
    const refusal = refusalOf(probe.url);
    if (refusal !== undefined) return { verdict: 'unknown', seen: refusal, isFinal: true };
    const lines: string[] = [];
    const counted = await within(limitMs, cut, async (signal) => {
      while (lines.length < probe.connections && !signal.aborted) {
        const { line, reason } = await askForLine(probe.url, signal);
        lines.push(reason === undefined ? `answer ${line}` : `failed ${reason}`);
      }
      return lines;
    });
    if (counted === 'cut') return counted;
    return judgeDistribution(probe, counted === 'timed out' ? [...lines] : counted, limitMs);
  },
  there: (far, probe, limitMs, cut) => {
    const seconds = wholeSeconds(limitMs);
    const refusal = refusalOf(probe.url);
    if (refusal !== undefined) return Promise.resolve({ verdict: 'unknown', seen: refusal, isFinal: true });
    const args = [new URL(probe.url).href, String(probe.connections), String(seconds)];
    return probeFrom(far, { program: DISTRIBUTION_PROGRAM, args }, limitMs, cut, ({ stdout }) => {
      const lines = stdout.split('\n').filter((line) => line !== '');
      if (lines[0] === 'no-tool') return noTool(far, 'python3, curl, wget');
      return judgeDistribution(probe, lines, seconds * 1000);
    });
  },
};

/**
 * Judges what connections came to: a line each, `answer BACKEND` or `failed WHY`.
 * @param lines fewer than there should be where the time was over
 */
export function judgeDistribution(
  { connections, expect: { by, shares } }: Pick<DistributionProbe, 'connections' | 'expect'>,
  lines: readonly string[],
  limitMs: number,
): Sight {
  const fail = (seen: string): Sight => ({ verdict: 'fail', seen });
  const failed = lines.filter((line) => line.startsWith('failed'));
  if (failed.length > 0)
    return fail(
      `${failed.length} of ${connections} connections failed: ${oneLine(failed[0]?.slice(7) ?? '') || 'no answer'}`,
    );
  if (lines.length < connections)
    return fail(`${lines.length} of ${connections} connections in ${formatSeconds(limitMs)}`);
  const counts = new Map(Object.keys(shares).map((name) => [name, 0]));
  for (const line of lines) {
    const name = line.slice('answer '.length).trim();
    const count = counts.get(name);
    if (count === undefined) return fail(`an answer of nobody who is named: ${quote(name)}`);
    counts.set(name, count + 1);
  }
  const seen = oneLine([...counts].map(([name, count]) => `${name} ${count}`).join(', '));
  if (by === 'sticky') {
    const isOne = [...counts.values()].some((count) => count === connections);
    return { verdict: isOne ? 'pass' : 'fail', seen };
  }
  const ranges = rangesOf(connections, by, shares);
  const isRight = [...counts].every(([name, count]) => {
    const [least, most] = ranges[name] ?? [0, 0];
    return count >= least && count <= most;
  });
  return { verdict: isRight ? 'pass' : 'fail', seen };
}

/** How many of the connections may come to each. */
function rangesOf(
  connections: number,
  by: DistributionProbe['expect']['by'],
  shares: DistributionProbe['expect']['shares'],
): Readonly<Record<string, readonly [number, number]>> {
  const weights = Object.entries(shares);
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  return Object.fromEntries(
    weights.map(([name, weight]) => {
      const share = weight / total;
      if (by === 'random') return [name, binomialRange(connections, share, 1 / ONE_IN / weights.length)];
      // Where its turns begin is not known: as many as whole rounds give it, and one more or less.
      const exact = connections * share;
      return [name, [Math.max(0, Math.ceil(exact - 1)), Math.floor(exact + 1)]];
    }),
  );
}

/** `$2` URL, `$3` how many, `$4` seconds for all of them. Prints a line a connection. */
const DISTRIBUTION_PROGRAM = `
LC_ALL=C; export LC_ALL
url=$2 count=$3 limit=$4
has() { command -v "$1" >/dev/null 2>&1; }
brief() { if has timeout; then timeout "$limit" "$@"; else "$@"; fi; }

if has python3; then
  brief python3 -c 'import http.client, ssl, sys, urllib.parse
url = urllib.parse.urlsplit(sys.argv[1])
Connection = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
for _ in range(int(sys.argv[2])):
    try:
        connection = Connection(url.hostname, url.port, timeout=float(sys.argv[3]))
        connection.request("GET", (url.path or "/") + ("?" + url.query if url.query else ""), headers={"Connection": "close"})
        body = connection.getresponse().read(65536).decode("utf-8", "replace")
        print("answer " + (body.splitlines() or [""])[0], flush=True)
        connection.close()
    except Exception as error:
        print("failed " + (str(error) or type(error).__name__).replace("\\\\n", " "), flush=True)' "$url" "$count" "$limit" </dev/null
  exit
fi

# ask TOOL…: one connection a process.
ask() {
  made=0
  while [ "$made" -lt "$count" ]; do
    made=$((made + 1))
    if body=$("$@" </dev/null 2>/dev/null); then printf 'answer %s\\n' "\${body%%
*}"; else echo "failed exit $?"; fi
  done
  exit
}
if has curl; then ask curl -q -g -s -S --noproxy '*' -m "$limit" -- "$url"; fi
if has wget; then case $(wget --version 2>&1) in
  *'GNU Wget'*) ask wget -q -O - -T "$limit" -t 1 --max-redirect=0 --no-proxy -- "$url" ;;
esac; fi
case $url in http:*)
  if has busybox && busybox wget --help >/dev/null 2>&1; then ask busybox wget -Y off -q -O - "$url"; fi
  if has wget; then ask wget -Y off -q -O - "$url"; fi ;;
esac
echo no-tool
`;
