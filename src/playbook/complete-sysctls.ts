import { invalid, type KeyProblem, keyPath } from './key-problem.ts';
import type { SysctlTemplate } from './model.ts';
import { complaintAboutValue, normaliseSysctlValue, parseSysctlKey } from './sysctl-key.ts';
import { parseProgram } from './template.ts';

/** Brings keys into one spelling, and finds what a schema can't say of them and of values without a variable. */
export function completeSysctls(
  written: { readonly [key: string]: string | number },
  lineOf: (key: string) => number,
): { readonly sysctls: readonly SysctlTemplate[]; readonly problems: readonly KeyProblem[] } {
  const first = new Map<string, string>();
  const sysctls: SysctlTemplate[] = [];
  const problems: KeyProblem[] = [];
  for (const [spelling, said] of Object.entries(written)) {
    const path = ['sysctls', spelling];
    const parsed = parseSysctlKey(spelling);
    if ('complaint' in parsed) {
      problems.push({ ...invalid(path, parsed.complaint), remedy: KEYS });
      continue;
    }
    const other = first.get(parsed.key);
    first.set(parsed.key, other ?? spelling);
    if (other !== undefined) {
      const message = `${keyPath(path)} names the same parameter as ${keyPath(['sysctls', other])}`;
      problems.push({ code: 'duplicate-key', path, message, remedy: 'Keep one of the two.' });
    }
    problems.push(...valueProblems(String(said), path));
    sysctls.push({ key: parsed.key, value: String(said), line: lineOf(spelling) });
  }
  return { sysctls, problems };
}

const KEYS = 'Write it as sysctl(8) does: net.ipv4.ip_forward, net.ipv4.conf.eth0/100.rp_filter.';

function valueProblems(value: string, path: readonly PropertyKey[]): readonly KeyProblem[] {
  const parsed = parseProgram(value);
  if ('faults' in parsed)
    return parsed.faults.map(({ code, message, remedy }) => ({
      code,
      path,
      message: `${keyPath(path)}: ${message}`,
      remedy,
    }));
  const complaint = value.includes('{{') ? undefined : complaintAboutValue(normaliseSysctlValue(value));
  if (complaint === undefined) return [];
  const remedy = 'Write one line of printable characters; 1 for on and 0 for off.';
  return [{ ...invalid(path, `is ${JSON.stringify(value)}: it ${complaint}`), remedy }];
}
