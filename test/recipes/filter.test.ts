import { onEachEngine } from './each-engine.ts';
import { limits } from './filter/limits.ts';

await onEachEngine('recipes that filter', (world) => {
  limits(world);
});
