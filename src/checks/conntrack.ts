import { noTool, probeFrom } from './far.ts';
import type { Kind, ProbeOf } from './kind.ts';
import { oneLine } from './sight.ts';

type ConntrackProbe = ProbeOf<'conntrack'>;

/** Counts the connections of a flow that the gateway knows. */
export const conntrackKind: Kind<ConntrackProbe> = {
  tried: ({ protocol, match }) =>
    oneLine(
      `conntrack ${[protocol, ...Object.entries(match).map(([key, [value]]) => `${key}=${value}`)].join(' ')}`,
    ),
  expected: ({ expect: { least, most } }) => {
    if (most === undefined) return `at least ${entries(least)}`;
    return most === least ? entries(most) : `${least} to ${entries(most)}`;
  },
  there: (far, { family, protocol, match, expect }, limitMs, cut) => {
    const wanted = Object.entries(match).map(([key, values]) => `${key}=${values.join('|')}`);
    const args = [family, protocol, wanted.join(' ')];
    return probeFrom(
      far,
      { program: CONNTRACK_PROGRAM, args, become: true },
      limitMs,
      cut,
      ({ stdout, stderr }) => {
        const lines = stdout.trim().split('\n');
        const count = Number(/^count (\d+)$/.exec(lines.at(-1) ?? '')?.[1] ?? Number.NaN);
        if (lines[0] === 'no-tool')
          return noTool(far, 'conntrack (or let it read /proc/net/nf_conntrack as root)');
        if (Number.isNaN(count))
          return { verdict: 'unknown', seen: oneLine(stderr) || 'the probe said nothing' };
        const isRight = count >= expect.least && count <= (expect.most ?? Number.POSITIVE_INFINITY);
        const [first = ''] = lines.length > 1 ? lines : [];
        const example = first === '' || isRight ? '' : `, such as ${oneLine(first, 160)}`;
        return { verdict: isRight ? 'pass' : 'fail', seen: `${entries(count)}${example}` };
      },
    );
  },
};

function entries(count: number): string {
  return `${count} ${count === 1 ? 'entry' : 'entries'}`;
}

/**
 * `$2` family, `$3` protocol, `$4` what an entry must have, as `key=value|value` with spaces between; keys of the answering direction
 * begin with `reply-`. Prints some entries, then how many there are.
 */
const CONNTRACK_PROGRAM = `
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export LC_ALL PATH
family=$2 protocol=$3 want=$4
list() {
  if command -v conntrack >/dev/null 2>&1; then conntrack -L -o extended -f "$family" -p "$protocol" 2>/dev/null && return; fi
  if [ -r /proc/net/nf_conntrack ]; then cat /proc/net/nf_conntrack; else echo no-tool; fi
}
list | awk -v family="$family" -v protocol="$protocol" -v want="$want" '
BEGIN { wanted = split(want, wants, " ") }
$1 == "no-tool" { print; exit }
$1 == family && $3 == protocol {
  split("", facts); side = ""
  for (i = 5; i <= NF; i++) {
    at = index($i, "=")
    if (at == 0) { if (i <= 6 && $i ~ /^[A-Z]/) facts["state"] = $i; continue }
    key = substr($i, 1, at - 1)
    if (key == "src" && ("src" in facts)) side = "reply-"
    if (key ~ /^(src|dst|sport|dport)$/) key = side key
    facts[key] = substr($i, at + 1)
  }
  isIt = 1
  for (i = 1; i <= wanted && isIt; i++) {
    at = index(wants[i], "="); isIt = 0
    values = split(substr(wants[i], at + 1), alike, "|")
    for (j = 1; j <= values; j++) if (facts[substr(wants[i], 1, at - 1)] "" == alike[j] "") isIt = 1
  }
  if (isIt && ++count <= 3) print
}
END { print "count " count + 0 }'
`;
