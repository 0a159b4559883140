import { z } from 'zod';

/** What the file of findings begins with. */
const FORMAT = 'sluice-watch';

const moment = z.number().describe('Milliseconds since 1970.');

const health = z.strictObject({
  status: z.enum(['up', 'down']),
  since: moment,
  against: z.int(),
  falls: z.array(moment).readonly(),
  seen: z.string(),
});

const found = z.strictObject({
  backends: z.record(z.string(), health).readonly(),
  weights: z.record(z.string(), z.int()).readonly().exactOptional(),
  held: z.string().exactOptional(),
});

const file = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(1),
  play: z.string(),
  inventories: z.array(z.string()),
  lookedAt: moment,
  everySeconds: z.number(),
  views: z.array(z.strictObject({ gateways: z.array(z.string()), found })),
});

/** What is known from one gateway's point of view. */
export type Found = z.infer<typeof found>;

/** What a watch has found out about the backends of a play. */
export type Findings = {
  readonly play: string;
  /** The sources of the inventory whose hosts they are. */
  readonly inventories: readonly string[];
  /** When a look was last noted down. */
  readonly lookedAt: number;
  readonly everySeconds: number;
  readonly gateways: ReadonlyMap<string, Found>;
};

/** The file's text. Gateways that see the same share one entry: a thousand of them mostly do. */
export function formatFindings({ gateways, ...findings }: Findings): string {
  const views = new Map<string, { gateways: string[]; found: Found }>();
  for (const [gateway, seen] of gateways) {
    const key = JSON.stringify(seen);
    const view = views.get(key);
    if (view === undefined) views.set(key, { gateways: [gateway], found: seen });
    else view.gateways.push(gateway);
  }
  const whole = { format: FORMAT, version: 1, ...findings, views: [...views.values()] };
  return `${JSON.stringify(whole, undefined, 1)}\n`;
}

/** Undefined where the text is none of ours, or not of this version. */
export function parseFindings(text: string): Findings | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = file.safeParse(value);
  if (!parsed.success) return undefined;
  const { play, inventories, lookedAt, everySeconds, views } = parsed.data;
  const gateways = new Map(views.flatMap((view) => view.gateways.map((name) => [name, view.found] as const)));
  return { play, inventories, lookedAt, everySeconds, gateways };
}

/** Nobody has looked for so long that what was found may not be so any more. */
export function isOld({ lookedAt, everySeconds }: Findings, at: number): boolean {
  return at - lookedAt > Math.max(60_000, 3 * everySeconds * 1000 + 30_000);
}
