import type { OwnReading } from '../ruleset/canonical/own-reading.ts';
import type { Family } from '../ruleset/model.ts';
import type { Owner } from '../ruleset/ownership.ts';
import { type Answer, firstValue } from './answers.ts';

/** How one family stands on a gateway, and how it would stand. Canonical texts hold only tables that aren't pristine. */
export type FamilyStanding = {
  readonly family: Family;
  /** The whole snapshot, `iptables-save -c`. */
  readonly before: string;
  /** Canonical text of the live tables that the play replaces. */
  readonly live: string;
  /** Canonical text of what is desired, from the gateway's own kernel. */
  readonly canonical: string;
  /** Canonical text that the play's last confirmed transaction left, if there was one. */
  readonly confirmed?: string;
};

/** Of a play on a gateway. */
export type LastConfirmed = {
  readonly token: string;
  /** When it began, by the gateway's wall clock, ISO 8601. */
  readonly since: string;
  /** user@host of who made it. */
  readonly owner: string;
};

export type Standing = {
  readonly families: readonly FamilyStanding[];
  /** Canonical `ipset save` text of the sets concerned, and of how they would be: headers, then members in order. */
  readonly sets: { readonly live: string; readonly canonical: string; readonly confirmed?: string };
  /** The parameters that the play names, a line `key = value` each. */
  readonly sysctls: { readonly live: string; readonly canonical: string; readonly confirmed?: string };
  /** The play's last confirmed transaction; what it left is `confirmed`. Undefined where the play was never applied. */
  readonly last?: LastConfirmed;
  /** In words, why the next boot would not bring what the play wants (or would, though it shall not); undefined when all is well. */
  readonly persistence?: string;
  /** Parameters that the play had and no longer names: they stay as they are. */
  readonly leftSysctls: readonly string[];
  /** Tables that the play owned and no longer names: they go back to what the kernel makes them. */
  readonly resets: readonly { readonly family: string; readonly table: string }[];
  /** Which play's last confirmed transaction owns what of this gateway. */
  readonly owners: readonly Owner[];
  /** `chains`: of its tables the play owns only its own chains, and its jumps to them. */
  readonly scope: 'tables' | 'chains';
  /** Where no rules could be rehearsed; then canonical texts are sluice's own reading of what was written. */
  readonly ownReading?: OwnReading;
};

/** Reads the answer to a look or a begin. */
export function standingOf(answer: Answer): Standing {
  const words = (key: string) =>
    answer.values.filter((entry) => entry.key === key).map(({ value }) => value.split(' '));
  const text = (name: string) => answer.files.get(name) ?? '';
  const persistence = firstValue(answer, 'persist');
  return {
    sets: {
      live: text('live.sets'),
      canonical: text('canonical.sets'),
      ...confirmedOf(answer.files.get('confirmed.sets')),
    },
    sysctls: {
      live: text('live.sysctls'),
      canonical: text('canonical.sysctls'),
      // It is kept as it was sent: `key value`.
      ...confirmedOf(answer.files.get('confirmed.sysctls')?.replace(/^(\S+) /gm, '$1 = ')),
    },
    ...lastOf(words('last')),
    leftSysctls: words('left').map(([key = '']) => key),
    ...(persistence === undefined ? {} : { persistence }),
    families: words('family').map(([name]) => familyStanding(answer, name === 'ipv6' ? 'ipv6' : 'ipv4')),
    resets: words('reset').map(([family = '', table = '']) => ({ family, table })),
    owners: words('owner').map(([play = '', family = '', table = '', prefix]) => ({
      play,
      family,
      table,
      ...(prefix === undefined ? {} : { prefix }),
    })),
    scope: firstValue(answer, 'scope') === 'chains' ? 'chains' : 'tables',
  };
}

function confirmedOf(confirmed: string | undefined): { readonly confirmed?: string } {
  return confirmed === undefined ? {} : { confirmed };
}

function lastOf(said: readonly (readonly string[])[]): { readonly last?: LastConfirmed } {
  const [words] = said;
  if (words === undefined) return {};
  const [token = '', since = '', ...owner] = words;
  return { last: { token, since, owner: owner.join(' ') } };
}

function familyStanding(answer: Answer, family: Family): FamilyStanding {
  const text = (name: string) => answer.files.get(`${name}.${family}`) ?? '';
  const confirmed = answer.files.get(`confirmed.${family}`);
  return {
    family,
    before: text('before'),
    live: text('live'),
    canonical: text('canonical'),
    ...confirmedOf(confirmed),
  };
}
