import type { Host } from '../../inventory/model.ts';
import type { Play } from '../../playbook/model.ts';
import { renderPlay } from '../../playbook/render.ts';
import { renderChecks } from '../../playbook/render-checks.ts';
import type { LoadedInventory } from '../../project/inventory.ts';
import type { LoadedPlaybook } from '../../project/playbook.ts';
import type { LineSource, TemplateLine } from '../../ruleset/model.ts';
import type { GatewayOverlay } from './overlays.ts';

/** All that a play wants of a host, or the problems that keep it from being rendered. */
export function renderWhole(
  play: Play,
  host: Host,
  { templates }: LoadedPlaybook,
  inventory: LoadedInventory,
  extraVars: Parameters<typeof renderPlay>[4],
  overlay: GatewayOverlay,
) {
  const owned = renderPlay(play, templates, inventory, host, extraVars, overlay);
  const checks = renderChecks(play, inventory, host, extraVars, overlay);
  // What a kernel refuses is blamed on a file that the operator can open, not on the name that the playbook has for it.
  const opened = ({ template, line }: TemplateLine) => ({
    template: templates.get(template)?.file ?? template,
    line,
  });
  const inFile = (source: LineSource | undefined) =>
    source && {
      ...opened(source),
      ...(source.includedBy && { includedBy: source.includedBy.map(opened) }),
    };
  return {
    rulesets: owned.rulesets.map((one) => ({ ...one, sources: one.sources.map(inFile) })),
    sets: owned.sets.map((one) => ({ ...one, source: inFile(one.source) })),
    sysctls: owned.sysctls,
    checks: checks.checks,
    spares: overlay.spares,
    problems: [...owned.problems, ...checks.problems],
  };
}
