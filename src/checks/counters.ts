import { probeFrom } from './far.ts';
import type { Kind, ProbeOf } from './kind.ts';
import { oneLine, type Sight } from './sight.ts';
import { quote } from './words.ts';

type CountersProbe = ProbeOf<'counters'>;

/** Counts what rules of the gateway match within some seconds. */
export const countersKind: Kind<CountersProbe> = {
  tried: ({ family, table, chain, rule, overSeconds }) =>
    `counters of ${family} ${table} ${chain} ${named(rule)} over ${overSeconds} s`,
  expected: ({ expect }) => (expect === 0 ? 'no packet' : `at least ${packets(expect)}`),
  there: (far, probe, limitMs, cut) => {
    const { family, table, chain, overSeconds } = probe;
    const name = family === 'ipv6' ? 'ip6tables' : 'iptables';
    const args = [name, table, chain, String(overSeconds)];
    return probeFrom(
      far,
      { program: COUNTERS_PROGRAM, args, become: true },
      limitMs,
      cut,
      ({ stdout, stderr }) => {
        const [before, after] = stdout.split('--\n');
        return after === undefined
          ? { verdict: 'unknown', seen: oneLine(stderr) || 'the probe said nothing' }
          : judgeCounters(probe, before ?? '', after);
      },
    );
  },
};

/** Judges two lists of rules as `iptables-save -c` prints them. `expect` is the least number of packets; 0 stands for none at all. */
export function judgeCounters(
  { chain, rule, expect }: Pick<CountersProbe, 'chain' | 'rule' | 'expect'>,
  before: string,
  after: string,
): Sight {
  const [first, second] = [before, after].map((text) => matched(text, chain, rule));
  if (first === undefined || second === undefined || first.length === 0 || second.length === 0)
    return { verdict: 'fail', seen: `no rule of ${chain} ${named(rule)}` };
  const sum = (counts: readonly number[]) => counts.reduce((total, one) => total + one, 0);
  // A rule that was replaced meanwhile counts from zero.
  const grown = sum(second) >= sum(first) ? sum(second) - sum(first) : sum(second);
  const rules = second.length === 1 ? '' : ` in ${second.length} rules`;
  const isRight = expect === 0 ? grown === 0 : grown >= expect;
  return { verdict: isRight ? 'pass' : 'fail', seen: `${packets(grown)}${rules}` };
}

function matched(text: string, chain: string, rule: CountersProbe['rule']): readonly number[] {
  return text.split('\n').flatMap((line) => {
    const [, count, written = ''] = /^\[(\d+):\d+\] (-A .*)$/.exec(line) ?? [];
    if (count === undefined || !written.startsWith(`-A ${chain} `)) return [];
    const isIt = rule.kind === 'text' ? written.includes(rule.text) : commentsOf(written).includes(rule.text);
    return isIt ? [Number(count)] : [];
  });
}

/** The comments of a rule; quoted where they hold a blank. */
function commentsOf(rule: string): readonly string[] {
  return [...rule.matchAll(/ --comment (?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map(([, quoted, plain = '']) =>
    quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1'),
  );
}

function named({ kind, text }: CountersProbe['rule']): string {
  if (kind === 'text') return text === '' ? 'in all' : `with ${quote(text)}`;
  return `with comment ${quote(text)}`;
}

function packets(count: number): string {
  return `${count} ${count === 1 ? 'packet' : 'packets'}`;
}

/**
 * `$2` iptables or ip6tables, `$3` table, `$4` chain, `$5` seconds. Prints the rules of the chain with their counters, `--`, and after
 * those seconds the same again. Without `-t`, which would make a table that isn't there.
 */
const COUNTERS_PROGRAM = `
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export LC_ALL PATH
name=$2 table=$3 chain=$4 seconds=$5
rules() {
  "$1" -c 2>/dev/null | awk -v table="*$table" -v rule="] -A $chain " '
    /^\\*/ { isIt = $0 == table } isIt && index($0, rule) { print }'
}
save=$name-save
first=$(rules "$save")
case $first in '')
  for other in "$name-legacy-save" "$name-nft-save"; do
    command -v "$other" >/dev/null 2>&1 || continue
    first=$(rules "$other")
    case $first in ?*) save=$other; break ;; esac
  done ;;
esac
printf '%s\\n--\\n' "$first"
sleep "$seconds"
rules "$save"
`;
