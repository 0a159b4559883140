export type ViewKind = 'tty' | 'plain' | 'json' | 'quiet';

export type ViewChoice = { readonly kind: ViewKind; readonly colour: boolean };

export type ViewWish = {
  /** `--progress`; `auto` when absent. */
  readonly progress?: 'auto' | ViewKind;
  /** `--json`, which wins over `progress`. */
  readonly json: boolean;
  readonly env: { readonly [name: string]: string | undefined };
  readonly stream: { readonly isTTY?: boolean };
};

/**
 * Chooses how a run is shown. `auto` draws on a terminal, and writes plain lines where nobody can redraw: no terminal, `CI`,
 * `TERM=dumb`. Colours only on a terminal and never under a non-empty `NO_COLOR` (https://no-color.org).
 */
export function chooseView(wish: ViewWish): ViewChoice {
  const kind = kindOf(wish);
  const isPainted = kind === 'tty' || (kind === 'quiet' && wish.stream.isTTY === true);
  return { kind, colour: isPainted && !isSet(wish.env.NO_COLOR) && wish.env.TERM !== 'dumb' };
}

function kindOf({ progress = 'auto', json, env, stream }: ViewWish): ViewKind {
  if (json) return 'json';
  if (progress !== 'auto') return progress;
  const isLive = stream.isTTY === true && env.TERM !== 'dumb' && !isSet(env.CI);
  return isLive ? 'tty' : 'plain';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== 'false';
}
