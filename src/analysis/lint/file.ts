import type { Family } from '../../ruleset/model.ts';
import { readAllows } from './allow.ts';
import { lintRuleset } from './lint.ts';
import type { Finding, Hit, LintRuleset, Place } from './model.ts';
import { createRuleReader, type Line, rulesetOf } from './read.ts';
import { readScript } from './script.ts';
import { silence } from './silence.ts';

/** What a file turned out to be; `unknown` holds nothing of iptables. */
export type FileLint = {
  readonly kind: 'rules' | 'script' | 'template' | 'unknown';
  readonly findings: readonly Finding[];
  /** Findings that comments silence. */
  readonly silenced: number;
  /** Commands that could not be read. */
  readonly unread: readonly Place[];
  readonly rules: number;
};

/** Lints the text of `iptables-save`, a rules file, or a script of `iptables` commands. */
export function lintFile(text: string, file: string, family?: Family): FileLint {
  const kind = kindOf(text);
  const read = createRuleReader();
  const nothing = { findings: [], silenced: 0, unread: [], rules: 0 };
  if (kind === 'template' || kind === 'unknown') return { kind, ...nothing };
  const count = (lines: readonly Line[]) =>
    lines.filter((line) => /^(-A|-I|--append|--insert)\s/.test(line.text)).length;
  if (kind === 'rules') {
    const { loads, fault } = restoreLines(text, file);
    const of = family ?? familyIn(text, file);
    const around = { isPartial: fault !== undefined };
    const found = loads.flatMap((lines) => lintRuleset(rulesetOf(lines, { family: of, around, read })));
    const all = [...(fault === undefined ? [] : lintRuleset(refused(fault, of))), ...found];
    return { kind, ...silence(all, readAllows(text, file), true), unread: [], rules: count(loads.flat()) };
  }
  const { commands, lines, unread } = readScript(text, file);
  const isPartial = unread.length > 0;
  const found = (['ipv4', 'ipv6'] as const).flatMap((of) => {
    const ruleset = rulesetOf(lines[of], { family: of, around: { isPartial }, read });
    return lintRuleset(of === 'ipv4' ? { ...ruleset, script: commands } : ruleset);
  });
  const rules = count([...lines.ipv4, ...lines.ipv6]);
  return { kind, ...silence(distinct(found), readAllows(text, file), true), unread, rules };
}

function kindOf(text: string): FileLint['kind'] {
  if (/^\*(filter|nat|mangle|raw|security)\s*$/m.test(text)) return /\{\{/.test(text) ? 'template' : 'rules';
  // What others include may have rules alone.
  if (/^\s*(-A|create|add)\s/m.test(text) && text.includes('{{')) return 'template';
  return /(^|[\s/"'{(])\$?\{?(ip6?tab\w+|IP6?T(ABLES|B|BL)?)\b/im.test(text) ? 'script' : 'unknown';
}

/**
 * The lines of a rules file, by what is loaded at once: a table that begins again after its COMMIT is loaded anew, without what was in
 * it, so the saves of two machines in one file are two. `fault`: where iptables-restore stops.
 */
function restoreLines(
  text: string,
  file: string,
): { readonly loads: readonly (readonly Line[])[]; readonly fault: Hit | undefined } {
  let lines: Line[] = [];
  const loads = [lines];
  const ended = new Set<string>();
  let begun: { readonly table: string; readonly place: Place } | undefined;
  let fault: Hit | undefined;
  const refuse = (place: Place, text: string, message: string) => {
    fault ??= { at: { words: text.split(/\s+/), place }, message };
  };
  for (const [at, written] of text.split('\n').entries()) {
    const line = written.trim().replace(/^\[\d+:\d+\]\s*/, '');
    const place = { file, line: at + 1 };
    if (line.startsWith('*')) {
      const table = line.slice(1).trim();
      if (ended.has(table)) {
        lines = [];
        loads.push(lines);
        ended.clear();
      }
      if (begun !== undefined)
        refuse(place, line, `table ${begun.table} has no COMMIT before this one begins: ${STOPS}`);
      begun = { table, place };
    } else if (line === 'COMMIT') {
      if (begun !== undefined) ended.add(begun.table);
      begun = undefined;
    } else if (line !== '' && !line.startsWith('#')) {
      if (begun !== undefined && /^[-:]/.test(line)) lines.push({ table: begun.table, text: line, place });
      else if (begun !== undefined)
        refuse(place, line, `it is no command, in table ${begun.table}: ${STOPS}`);
      else if (/^(-[AIPN]\s|:)/.test(line))
        refuse(place, line, `it stands in no table, before "*" or after COMMIT: ${STOPS}`);
    }
  }
  if (begun !== undefined)
    refuse(
      begun.place,
      `*${begun.table}`,
      `table ${begun.table} has no COMMIT: iptables-restore loads nothing of it`,
    );
  return { loads, fault };
}

const STOPS = 'iptables-restore stops here, and loads nothing that is not committed before';

/** Rules that are not read for what iptables-restore says of the file. */
function refused(fault: Hit, family: Family): LintRuleset {
  return { family, tables: new Map(), rules: [], around: { isPartial: true }, faults: [fault] };
}

/** A save says so in its first line, others by the name of the file; else addresses and ICMP of the rules tell. */
function familyIn(text: string, file: string): Family {
  const [, saved] = /^# Generated by (ip6?)tables-save/m.exec(text) ?? [];
  if (saved !== undefined) return saved === 'ip6' ? 'ipv6' : 'ipv4';
  if (/(^|[^a-z\d])(ip6tables|ip6?v6|v6)(?![a-z\d])/i.test(file.replace(/^.*\//, ''))) return 'ipv6';
  const rules = text.replaceAll(/^\s*#.*$|\[\d+:\d+\]|"[^"]*"|--(mac-source|time\w+)\s+\S+/gm, '');
  const isIpv6 = /\s(ipv6-icmp|icmpv6|icmp6)\b|\s\[?[\da-f]{0,4}(:[\da-f]{0,4}){2,7}(\]|\/\d+)?(?![^\s:])/i;
  return isIpv6.test(rules) ? 'ipv6' : 'ipv4';
}

function distinct(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ id, place, message }) => {
    const key = `${id} ${place.line} ${message}`;
    return seen.has(key) ? false : seen.add(key) !== undefined;
  });
}
