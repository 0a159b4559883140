import type { Problem } from '../../problem.ts';
import { matchesPattern, matchesPatternList } from '../pattern.ts';
import { keywords } from './keywords.ts';
import type { ConfigFile, SshConfig } from './load.ts';
import { type Criterion, type Origin, placeOf, problemAt, type Setting } from './model.ts';
import { expandTokens } from './tokens.ts';

/** The host that is asked about. */
type Query = {
  /** As it would be given to ssh(1) on its command line. */
  readonly host: string;
  readonly localUser: string;
};

/** What holds for one host. */
export type Resolved = {
  /** The first setting of each slot (see `keywords`). */
  readonly first: ReadonlyMap<string, Setting>;
  /** All of them, in order. */
  readonly identityFiles: readonly Setting[];
  /** Conditions that decide something for this host, and that can't be evaluated. */
  readonly problems: readonly Problem[];
};

/** Whether the lines that follow count: yes, no, or on this condition that sluice can't evaluate. */
type Active = 'yes' | 'no' | Origin;

/**
 * Resolves a host's settings as ssh(1) does: what was given `before` (its command line) wins over the files, and of several
 * lines the first. `Match final` has the files read a second time, with the host's final name.
 */
export function resolveSettings(config: SshConfig, before: readonly Setting[], query: Query): Resolved {
  const first = new Map<string, Setting>();
  const identityFiles: Setting[] = [];
  const problems: Problem[] = [];
  let host = query.host;
  let isFinal = false;

  const set = (setting: Setting, active: Active) => {
    if (active === 'no') return;
    const support = keywords.get(setting.keyword);
    if (support === undefined || support.kind === 'ignored' || saysNothing(setting)) return;
    const isFile = support.slot === 'identityfile';
    const isKnown = isFile
      ? identityFiles.some(({ words }) => words[0] === setting.words[0])
      : first.has(support.slot) && !isYielding(first.get(support.slot), setting);
    if (isKnown) return;
    if (active !== 'yes') problems.push(undecided(active, setting));
    else if (isFile) identityFiles.push(setting);
    else first.set(support.slot, setting);
  };
  const currentHost = () => {
    const name = first.get('hostname')?.words[0];
    if (isFinal || name === undefined) return host;
    const expanded = expandTokens(name, { h: host });
    return expanded.kind === 'text' ? expanded.text : name;
  };
  const holds = ({ kind, patterns }: Criterion): boolean | undefined => {
    switch (kind) {
      case 'all':
        return true;
      case 'final':
        return isFinal;
      case 'host':
        return matchesPatternList(patterns, currentHost().toLowerCase());
      case 'originalhost':
        return matchesPatternList(patterns, query.host.toLowerCase());
      case 'user':
        return matchesPatternList(patterns, first.get('user')?.words[0] ?? query.localUser);
      case 'localuser':
        return matchesPatternList(patterns, query.localUser);
      case 'unknowable':
        return undefined;
    }
  };
  const walk = ({ statements }: ConfigFile, enclosing: Active) => {
    let active = enclosing;
    for (const statement of statements) {
      switch (statement.kind) {
        case 'set':
          set(statement.setting, active);
          break;
        case 'host':
          active = matchesHost(statement.patterns, host) ? enclosing : 'no';
          break;
        case 'match': {
          const answers = statement.criteria.map((each) => {
            const answer = holds(each);
            return answer === undefined ? undefined : answer !== each.isNegated;
          });
          if (answers.includes(false)) active = 'no';
          else active = answers.includes(undefined) && enclosing === 'yes' ? statement.origin : enclosing;
          break;
        }
        case 'include':
          for (const file of statement.files) walk(file, active);
          break;
      }
    }
  };

  for (const setting of before) set(setting, 'yes');
  for (const file of config.files) walk(file, 'yes');
  if (config.wantsFinalPass) {
    host = currentHost().toLowerCase();
    isFinal = true;
    // The name stands now: what this pass says about HostName comes too late.
    if (!first.has('hostname')) first.set('hostname', hostNameOf(query.host));
    for (const file of config.files) walk(file, 'yes');
  }
  return { first, identityFiles, problems };
}

/** A time of `none` is OpenSSH's own word for unset: what follows may set it. */
function saysNothing({ keyword, words }: Setting): boolean {
  const isTime = keyword === 'connecttimeout' || keyword === 'serveraliveinterval';
  return isTime && words[0]?.toLowerCase() === 'none';
}

function hostNameOf(host: string): Setting {
  const origin = { kind: 'argument', place: 'the host', host } as const;
  return { keyword: 'hostname', name: 'HostName', words: [host.replaceAll('%', '%%')], origin };
}

/** Of the two that fill one slot, a ProxyJump that names nobody gives way to a ProxyCommand, as in OpenSSH. */
function isYielding(held: Setting | undefined, setting: Setting): boolean {
  const isNobody = held?.keyword === 'proxyjump' && held.words[0]?.toLowerCase() === 'none';
  return isNobody && setting.keyword === 'proxycommand';
}

/** Case counts here, other than under `Match host` (match.c). */
function matchesHost(patterns: readonly string[], host: string): boolean {
  let isMatched = false;
  for (const pattern of patterns) {
    if (pattern.startsWith('!')) {
      if (matchesPattern(pattern.slice(1), host)) return false;
    } else if (pattern === host || matchesPattern(pattern, host)) isMatched = true;
  }
  return isMatched;
}

function undecided(origin: Origin, setting: Setting): Problem {
  return problemAt(
    origin,
    'undecided-match',
    `whether ${setting.name} (${placeOf(setting.origin)}) holds here hangs on a Match condition that sluice does not evaluate`,
    'Write it with Host, or with Match host, originalhost, user, localuser or final; or set the value before this block.',
  );
}
