import type { Fill } from './check-kind.ts';
import { fillProbe, type KindName, kindNames, kindsWith, writtenKind } from './check-kinds.ts';
import { parseDuration } from './duration.ts';
import { faultAt } from './fault.ts';
import { invalid, type KeyProblem, keyPath } from './key-problem.ts';
import type { CheckTemplate } from './model.ts';
import type { WrittenCheck } from './schema-check.ts';
import { parseProgram } from './template.ts';

type Path = readonly PropertyKey[];

/** Fills in the defaults of a written check; its strings are parsed as handlebars, to find bad ones before any host is touched. */
export function completeCheck(
  written: WrittenCheck,
  path: Path,
  line: number,
): { readonly check: CheckTemplate | undefined; readonly problems: readonly KeyProblem[] } {
  const kinds = kindNames.filter((kind) => written[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    const said = kinds.length === 0 ? 'none' : kinds.join(' and ');
    const problem = invalid(path, `has ${said}: it needs exactly one of ${listed(kindNames)}`);
    return { check: undefined, problems: [problem] };
  }
  const problems: KeyProblem[] = [];
  const seconds = (key: 'timeout' | 'delay', fallback: number, least: number) => {
    const value = parseDuration(written[key] ?? fallback);
    if (value < least || value > 3600)
      problems.push(
        invalid(
          [...path, key],
          `is ${JSON.stringify(written[key])}: it must be ${least === 0 ? 'at most 1h' : 'from 100ms to 1h'}`,
        ),
      );
    return value;
  };
  const { expects, read, timeoutSeconds = () => 5 } = writtenKind(kind);
  problems.push(...misplaced(written, kind, path));
  const from = placeOf(written, kind);
  const target = written[kind] ?? '';
  const probe = read(target, written);
  if (probe === undefined)
    problems.push(
      invalid([...path, 'expect'], `is ${JSON.stringify(written.expect) ?? 'missing'}: ${expects}`),
    );
  problems.push(...syntaxProblems(written, path), ...literalProblems(probe, kind, path));
  if (probe?.kind === 'counters' && parseDuration(written.timeout ?? 3600) <= probe.overSeconds)
    problems.push(invalid([...path, 'timeout'], 'is no longer than over: a try could never end in time'));
  if (written.rule !== undefined && written.comment !== undefined)
    problems.push(invalid([...path, 'comment'], 'stands beside rule: write one of the two'));
  const repeat = repeatOf(written);
  if (written.each !== undefined && written.with !== undefined)
    problems.push(invalid([...path, 'with'], 'stands beside each: write one of the two'));
  const check = probe && {
    name: written.name ?? defaultName(kind, target, from, line),
    from,
    probe,
    timeoutSeconds: seconds('timeout', timeoutSeconds(written), 0.1),
    retries: written.retries ?? 2,
    delaySeconds: seconds('delay', 1, 0),
    baseline: written.baseline ?? true,
    whenAlreadyFailing: written.when_already_failing ?? 'require_fix',
    ...(repeat === undefined ? {} : { repeat }),
    line,
  };
  return { check, problems };
}

function placeOf({ from }: WrittenCheck, kind: KindName): CheckTemplate['from'] {
  const { places } = writtenKind(kind);
  if (places !== 'anywhere' && (from === undefined || from === 'gateway')) return 'gateway';
  return from === undefined || from === 'controller' || from === 'gateway'
    ? (from ?? 'controller')
    : { pattern: from };
}

function repeatOf({ each, with: items }: WrittenCheck): CheckTemplate['repeat'] {
  if (each !== undefined) return { kind: 'each', expression: each };
  return items && { kind: 'with', items };
}

/** A place where the kind can't be made, and keys of other kinds. */
function misplaced(written: WrittenCheck, kind: KindName, path: Path): readonly KeyProblem[] {
  const { own, places } = writtenKind(kind);
  const { from } = written;
  const isElsewhere =
    from !== undefined && from !== 'gateway' && (places === 'gateway' || from === 'controller');
  const place =
    places !== 'anywhere' && isElsewhere
      ? [
          invalid(
            [...path, 'from'],
            `is ${from}: a ${kind} ${places === 'gateway' ? 'check looks only on the gateway' : 'runs only on the gateway, or on the hosts of a pattern'}`,
          ),
        ]
      : [];
  const foreign = (Object.keys(written) as (keyof WrittenCheck)[]).flatMap((key) => {
    const kinds = kindsWith(key);
    return kinds.length === 0 || own.includes(key)
      ? []
      : [invalid([...path, key], `is a key of ${listed(kinds)}, not of ${kind}`)];
  });
  return [...place, ...foreign];
}

/** A target without a variable in it can be judged at once, with the other problems of the file. */
function literalProblems(
  probe: CheckTemplate['probe'] | undefined,
  kind: string,
  path: Path,
): readonly KeyProblem[] {
  if (probe === undefined || JSON.stringify(probe).includes('{{')) return [];
  try {
    fillProbe(probe, asWritten);
    return [];
  } catch (error) {
    const { code, message, remedy } = faultAt(0, error);
    return [{ code, path: [...path, kind], message: `${keyPath([...path, kind])}: ${message}`, remedy }];
  }
}

const asWritten: Fill = Object.assign((text: string) => text, { header: (text: string) => text });

function defaultName(kind: KindName, target: string, from: CheckTemplate['from'], line: number): string {
  const what = target.includes('\n') ? `${kind} of line ${line}` : `${kind} ${target}`;
  if (from === 'controller' || (from === 'gateway' && writtenKind(kind).places !== 'anywhere')) return what;
  return `${what} from ${from === 'gateway' ? from : from.pattern}`;
}

/** Every string of a check is handlebars, but for those of the list that it is repeated over. */
function syntaxProblems(written: WrittenCheck, path: Path): readonly KeyProblem[] {
  const { with: _, each, ...rest } = written;
  const texts = [...stringsOf(rest, path)];
  if (each !== undefined) texts.push([[...path, 'each'], `{{${each}}}`]);
  return texts.flatMap(([at, text]) => {
    const parsed = parseProgram(text);
    const faults = 'faults' in parsed ? parsed.faults : [];
    return faults.map(({ code, message, remedy }) => ({
      code,
      path: at,
      message: `${keyPath(at)}: ${message}`,
      remedy,
    }));
  });
}

function* stringsOf(value: unknown, path: Path): Generator<readonly [Path, string]> {
  if (typeof value === 'string') yield [path, value];
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield* stringsOf(item, [...path, index]);
  else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) yield* stringsOf(item, [...path, key]);
}

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
