import { type Allow, readAllows } from '../../analysis/lint/allow.ts';
import { createFleetLint, type FleetFinding, sorted } from '../../analysis/lint/fleet.ts';
import type { Finding, Surroundings } from '../../analysis/lint/model.ts';
import { silence } from '../../analysis/lint/silence.ts';
import type { Host } from '../../inventory/model.ts';
import { resolvedVar } from '../../inventory/resolved-vars.ts';
import type { Play } from '../../playbook/model.ts';
import type { Templates } from '../../playbook/template.ts';
import type { LoadedInventory } from '../../project/inventory.ts';
import type { LintedLine } from '../../rollout/events.ts';
import { isAddress } from '../../ruleset/address.ts';
import type { DesiredRuleset, DesiredSysctl, Family } from '../../ruleset/model.ts';

/** What of a host's rendering the mistakes are looked for in. */
export type Linted = {
  readonly play: Play;
  readonly host: Host;
  readonly inventory: LoadedInventory;
  readonly rulesets: readonly DesiredRuleset[];
  readonly sysctls: readonly DesiredSysctl[];
};

/** Looks at what each host of a project would be given, as it is rendered. */
export type ProjectLint = {
  look(linted: Linted): void;
  /**
   * @param isWhole everything that the templates can become was looked at
   */
  result(
    templates: Templates,
    isWhole: boolean,
  ): { readonly findings: readonly (FleetFinding | Finding)[]; readonly silenced: number };
};

export function createProjectLint(): ProjectLint {
  const fleet = createFleetLint();
  return {
    look: ({ play, host, inventory, rulesets, sysctls }) => {
      const management = managementOf(host, inventory);
      const { scope } = play;
      const isPartial = scope.kind === 'chains' || scope.keep.length > 0;
      for (const ruleset of rulesets) {
        const around = { isForwarding: forwardingIn(sysctls, ruleset.family), management, isPartial };
        fleet.add(host.name, ruleset, around);
      }
    },
    result: (templates, isWhole) => {
      const { findings, silenced } = silence(fleet.findings(), allowsIn(templates), isWhole);
      return { findings: sorted(findings), silenced };
    },
  };
}

/** As the events of a run tell them. */
export function linted(findings: readonly (FleetFinding | Finding)[]): readonly LintedLine[] {
  return findings.map((finding) => {
    const { id, severity, place, message, fix, cutsAccess } = finding;
    const hosts = 'hosts' in finding ? finding.hosts : [];
    const cuts = cutsAccess === undefined ? {} : { cutsAccess };
    return {
      id,
      severity,
      ...place,
      message,
      fix,
      hosts: hosts.length,
      ...(hosts[0] === undefined ? {} : { host: hosts[0] }),
      ...cuts,
    };
  });
}

function allowsIn(templates: Templates): readonly Allow[] {
  return [...templates.values()].flatMap(({ text, file }) => readAllows(text, file));
}

/** Where operators log in: names are left to DNS. */
function managementOf(host: Host, inventory: LoadedInventory): NonNullable<Surroundings['management']> {
  const text = (name: string) => {
    const value = resolvedVar(inventory, host, name);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
  const more = resolvedVar(inventory, host, 'sluice_addresses');
  const named = Array.isArray(more) ? more.filter((one): one is string => typeof one === 'string') : [];
  const addresses = [text('ansible_host') ?? host.name, ...named].filter(
    (one) => isAddress(one, 'ipv4') || isAddress(one, 'ipv6'),
  );
  const port = Number(text('ansible_port') ?? 22);
  return { addresses, port: Number.isInteger(port) ? port : 22 };
}

const FORWARDING: Readonly<Record<Family, RegExp>> = {
  ipv4: /^net\.ipv4\.(ip_forward|conf\.all\.forwarding)$/,
  ipv6: /^net\.ipv6\.conf\.all\.forwarding$/,
};

function forwardingIn(sysctls: readonly DesiredSysctl[], family: Family): boolean | undefined {
  const found = sysctls.find(({ key }) => FORWARDING[family].test(key));
  return found === undefined ? undefined : found.value !== '0';
}
