import { onEachEngine } from './each-engine.ts';
import { limits } from './filter/limits.ts';
import { lists } from './filter/lists.ts';
import { logging } from './filter/logging.ts';
import { marking } from './filter/marking.ts';
import { outbound } from './filter/outbound.ts';
import { stateless } from './filter/stateless.ts';
import { syn } from './filter/syn.ts';
import { together } from './filter/together.ts';

await onEachEngine('recipes that filter', (world) => {
  limits(world);
  syn(world);
  outbound(world);
  stateless(world);
  marking(world);
  lists(world);
  logging(world);
  together(world);
});
