import { completeBackends } from './complete-backends.ts';
import { completeCheck } from './complete-check.ts';
import { completeNotify } from './complete-notify.ts';
import { completeRollout } from './complete-rollout.ts';
import { completeScope } from './complete-scope.ts';
import { completeSysctls } from './complete-sysctls.ts';
import { fitProblems } from './deadline.ts';
import type { KeyProblem } from './key-problem.ts';
import type { CheckTemplate, Fragment, Play } from './model.ts';
import type { WrittenPlay } from './schema.ts';
import { backendsSchema } from './schema-backends.ts';
import { checkSchema } from './schema-check.ts';
import { sysctlsSchema, type WrittenFragment } from './schema-owned.ts';
import { rolloutSchema } from './schema-rollout.ts';

/** Where each part of a play stands in its file. */
export type Lines = (path: readonly PropertyKey[]) => number;

/** Fills in every default of a written play, and finds what a schema can't say. */
export function completePlay(
  written: WrittenPlay,
  file: string,
  lineOf: Lines,
): { readonly play: Play; readonly problems: readonly KeyProblem[] } {
  const playTags = listOf(written.tags);
  const checks = (written.checks ?? []).map((check, index) =>
    completeCheck(check, ['checks', index], lineOf(['checks', index])),
  );
  const backends = (written.backends ?? []).map((one, index) => completeBackends(one, index, lineOf));
  const rollout = completeRollout(written.rollout ?? {});
  const sysctls = completeSysctls(written.sysctls ?? {}, (key) => lineOf(['sysctls', key]));
  const notify = completeNotify(written.notify ?? [], (index) => lineOf(['notify', index]));
  const scope = completeScope(written);
  const fragment = ({ template, vars, tags }: WrittenFragment, ...path: PropertyKey[]): Fragment => ({
    template,
    vars: vars ?? {},
    tags: [...new Set([...playTags, ...listOf(tags)])],
    line: lineOf(path),
  });
  const play: Play = {
    id: written.id,
    name: written.name ?? written.id,
    hosts: typeof written.hosts === 'string' ? written.hosts : written.hosts.join(','),
    families: [...new Set(written.families ?? (['ipv4'] as const))],
    vars: written.vars ?? {},
    rules: written.rules.map((rule, index) => fragment(rule, 'rules', index)),
    ipsets: (written.ipsets ?? []).map((set, index) => ({
      ...fragment(set, 'ipsets', index),
      keepsMembers: set.keep_members ?? false,
    })),
    sysctls: sysctls.sysctls,
    persist: written.persist ?? true,
    // What is in flight to a backend that died hangs, unless it is forgotten.
    conntrack: written.conntrack ?? (backends.some(({ pool }) => pool.check) ? 'flush_removed' : 'leave'),
    scope: scope.scope,
    enforce: written.enforce ?? true,
    contestedAfter: written.contested_after ?? 3,
    rollout: rollout.policy,
    notify: notify.notify,
    checks: checks.flatMap(({ check }) => check ?? []),
    backends: backends.map(({ pool }) => pool),
    file,
    line: lineOf([]),
  };
  const problems = [
    ...sysctls.problems,
    ...scope.problems,
    ...rollout.problems,
    ...notify.problems,
    ...checks.flatMap((check) => check.problems),
    ...backends.flatMap((pool) => pool.problems),
    ...duplicateNames(checks.map(({ check }) => check)),
  ];
  // The sum is only worth telling when its terms are right.
  return { play, problems: problems.length > 0 ? problems : fitProblems(play) };
}

/** What a schema can't say of the parts that fit theirs, of a play that as a whole does not. */
export function problemsOfParts(written: unknown): readonly KeyProblem[] {
  if (typeof written !== 'object' || written === null) return [];
  const { rollout, checks, sysctls, backends } = written as { readonly [key: string]: unknown };
  const policy = rolloutSchema.safeParse(rollout ?? {});
  const ofChecks = (Array.isArray(checks) ? checks : []).flatMap((check: unknown, index) => {
    const parsed = checkSchema.safeParse(check);
    return parsed.success ? completeCheck(parsed.data, ['checks', index], 0).problems : [];
  });
  const ofBackends = (Array.isArray(backends) ? backends : []).flatMap((pool: unknown, index) => {
    const parsed = backendsSchema.safeParse(pool);
    return parsed.success ? completeBackends(parsed.data, index, () => 0).problems : [];
  });
  const parameters = sysctlsSchema.safeParse(sysctls ?? {});
  return [
    ...(parameters.success ? completeSysctls(parameters.data, () => 0).problems : []),
    ...(policy.success ? completeRollout(policy.data).problems : []),
    ...ofChecks,
    ...ofBackends,
  ];
}

function listOf(tags: string | readonly string[] | undefined): readonly string[] {
  return typeof tags === 'string' ? tags.split(',').map((tag) => tag.trim()) : (tags ?? []);
}

/** Two checks of one name could not be told apart in events, nor compared with what they saw before the change. */
function duplicateNames(checks: readonly (CheckTemplate | undefined)[]): readonly KeyProblem[] {
  const first = new Map<string, number>();
  return checks.flatMap((check, index): readonly KeyProblem[] => {
    if (check === undefined) return [];
    const other = first.get(check.name);
    first.set(check.name, other ?? index);
    if (other === undefined) return [];
    const message = `checks[${index}] has the name of checks[${other}], "${check.name}"`;
    const remedy = 'Give each check a name of its own.';
    return [{ code: 'duplicate-check', path: ['checks', index], message, remedy }];
  });
}
