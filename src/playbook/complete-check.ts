import { parseProbe } from './check-probe.ts';
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
  const kinds = (['tcp', 'http', 'command'] as const).filter((kind) => written[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    const said = kinds.length === 0 ? 'none' : kinds.join(' and ');
    const problem = invalid(path, `has ${said}: it needs exactly one of tcp, http and command`);
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
  if (kind === 'command' && written.from === 'controller')
    problems.push(invalid([...path, 'from'], 'is controller: a command runs only on the gateway'));
  const from = kind === 'command' ? 'gateway' : (written.from ?? 'controller');
  const probe = probeOf(written, kind);
  if (probe === undefined)
    problems.push(invalid([...path, 'expect'], `is ${JSON.stringify(written.expect)}: ${EXPECT[kind]}`));
  problems.push(...syntaxProblems(written, path), ...literalProblems(probe, kind, path));
  const check: CheckTemplate = {
    name: written.name ?? defaultName(kind, written[kind] ?? '', from, line),
    from,
    probe: probe ?? { kind: 'tcp', target: '', expect: 'open' },
    timeoutSeconds: seconds('timeout', 5, 0.1),
    retries: written.retries ?? 2,
    delaySeconds: seconds('delay', 1, 0),
    line,
  };
  return { check: probe === undefined ? undefined : check, problems };
}

/** A target without a variable in it can be judged at once, with the other problems of the file. */
function literalProblems(
  probe: CheckTemplate['probe'] | undefined,
  kind: string,
  path: Path,
): readonly KeyProblem[] {
  if (probe === undefined || JSON.stringify(probe).includes('{{')) return [];
  try {
    parseProbe(probe);
    return [];
  } catch (error) {
    const { code, message, remedy } = faultAt(0, error);
    return [{ code, path: [...path, kind], message: `${keyPath([...path, kind])}: ${message}`, remedy }];
  }
}

function defaultName(
  kind: 'tcp' | 'http' | 'command',
  target: string,
  from: 'controller' | 'gateway',
  line: number,
): string {
  if (kind === 'command') return target.includes('\n') ? `command of line ${line}` : `command ${target}`;
  return `${kind} ${target}${from === 'gateway' ? ' from gateway' : ''}`;
}

const EXPECT = {
  tcp: 'a tcp check expects open or closed',
  http: 'an http check expects a status such as 200, or a mapping of status and body',
  command: 'a command expects a mapping of exit_code and stdout',
} as const;

/** Undefined when the expectation is of another kind of check. */
function probeOf(
  written: WrittenCheck,
  kind: 'tcp' | 'http' | 'command',
): CheckTemplate['probe'] | undefined {
  const { expect } = written;
  const text = written[kind] ?? '';
  const isMapping = typeof expect === 'object';
  switch (kind) {
    case 'tcp':
      if (expect === undefined || expect === 'open' || expect === 'closed')
        return { kind, target: text, expect: expect ?? 'open' };
      return undefined;
    case 'http':
      if (expect === undefined) return { kind, url: text, expect: {} };
      if (typeof expect === 'number') return { kind, url: text, expect: { status: expect } };
      return isMapping && ('status' in expect || 'body' in expect) ? { kind, url: text, expect } : undefined;
    case 'command': {
      if (expect === undefined) return { kind, command: text, expect: { exitCode: 0 } };
      if (!isMapping || 'status' in expect || 'body' in expect) return undefined;
      const { exit_code: exitCode = 0, stdout } = expect as { exit_code?: number; stdout?: string };
      return { kind, command: text, expect: stdout === undefined ? { exitCode } : { exitCode, stdout } };
    }
  }
}

function syntaxProblems(written: WrittenCheck, path: Path): readonly KeyProblem[] {
  const { name, tcp, http, command, expect } = written;
  const expected =
    typeof expect === 'object'
      ? Object.entries(expect).map(([key, text]) => [['expect', key], text] as const)
      : [];
  const texts = [
    [['name'], name],
    [['tcp'], tcp],
    [['http'], http],
    [['command'], command],
    ...expected,
  ] as const;
  return texts.flatMap(([keys, text]) => {
    const parsed = parseProgram(typeof text === 'string' ? text : '');
    const faults = 'faults' in parsed ? parsed.faults : [];
    const at = [...path, ...keys];
    return faults.map(({ code, message, remedy }) => ({
      code,
      path: at,
      message: `${keyPath(at)}: ${message}`,
      remedy,
    }));
  });
}
