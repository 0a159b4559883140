/** One playbook that is looked at, or enforced, again and again. */
export type Schedule = {
  readonly name: string;
  /** The project: what a run works in, and where its journal is. Absolute. */
  readonly folder: string;
  readonly everyMinutes: number;
  /** A run comes up to this much later, at random. */
  readonly delaySeconds: number;
  /** What is run, as words after `sluice`: `drift -i … PLAYBOOK`. */
  readonly work: readonly string[];
};

/** What starts sluice: the paths of node and of its program. */
export type Launcher = readonly [node: string, program: string];

/** Part of unit names, and of a file's. */
export function isScheduleName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name);
}

/** `sluice schedule run NAME -- drift …`, with all paths: the same line for systemd, for cron and by hand. */
export function commandOf(
  [node, program]: Launcher,
  { name, work }: Schedule,
  flags: readonly string[] = [],
) {
  return [node, program, 'schedule', 'run', name, ...flags, '--', ...work];
}
