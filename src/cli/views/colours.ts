import { createColors } from 'picocolors';

/** Paints texts, or leaves them as they are where colours are off. */
export type Colours = ReturnType<typeof createColors>;

export const NO_COLOURS: Colours = createColors(false);
