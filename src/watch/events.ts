/** What a watch tells, besides the events of its runs. One line of `--json` is one event. */
export type WatchEvent = {
  /** ISO 8601, UTC, milliseconds. */
  readonly time: string;
} & WatchEventBody;

export type WatchEventBody =
  | {
      readonly type: 'watch.started';
      readonly playbook: string;
      readonly pools: readonly {
        readonly play: string;
        /** The pattern of the pool. */
        readonly hosts: string;
        readonly backends: readonly string[];
        readonly gateways: readonly string[];
        readonly everySeconds: number;
      }[];
    }
  | (BackendRef & {
      readonly type: 'backend.down';
      /** What was tried and seen. */
      readonly seen: string;
      /** How many looks in a row saw it so. */
      readonly looks: number;
      /** It stays in the rules all the same: `at_least`. */
      readonly isKept?: true;
    })
  | (BackendRef & {
      readonly type: 'backend.up';
      readonly seen: string;
      readonly looks: number;
      readonly downSeconds: number;
    })
  /** Nobody can look at it; told once, until somebody can again. */
  | (BackendRef & { readonly type: 'backend.unseen'; readonly seen: string })
  | {
      readonly type: 'weights.changed';
      readonly play: string;
      readonly gateway: string;
      readonly weights: Readonly<Record<string, number>>;
      /** What they come from. */
      readonly connections: Readonly<Record<string, number>>;
    }
  /** A gateway's connections could not be counted; told once, until they can be. */
  | {
      readonly type: 'weights.unknown';
      readonly play: string;
      readonly gateway: string;
      readonly seen: string;
    }
  /** A run begins, for gateways whose rules are to be others. */
  | { readonly type: 'watch.acts'; readonly gateways: readonly string[] }
  /** Gateways that don't hold what they should, the next ones to be tried again. */
  | {
      readonly type: 'watch.retries';
      readonly gateways: readonly string[];
      readonly inSeconds: number;
      readonly why: string;
    }
  | { readonly type: 'watch.ended'; readonly exitCode: number; readonly signal?: string };

/** From the point of view of these gateways. */
type BackendRef = {
  readonly play: string;
  readonly backend: string;
  readonly gateways: readonly string[];
  /** There are no others in the play. */
  readonly isEverywhere: boolean;
};
