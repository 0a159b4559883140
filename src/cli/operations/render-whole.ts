import type { Host } from '../../inventory/model.ts';
import type { Play } from '../../playbook/model.ts';
import { renderPlay } from '../../playbook/render.ts';
import { renderChecks } from '../../playbook/render-checks.ts';
import type { LoadedInventory } from '../../project/inventory.ts';
import type { LoadedPlaybook } from '../../project/playbook.ts';
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
  return {
    rulesets: owned.rulesets,
    sets: owned.sets,
    sysctls: owned.sysctls,
    checks: checks.checks,
    spares: overlay.spares,
    problems: [...owned.problems, ...checks.problems],
  };
}
