/** The folder of the package, with what it brings beside its code; seen from src/cli and dist/cli alike. */
export const packageRoot = new URL('../../', import.meta.url);
