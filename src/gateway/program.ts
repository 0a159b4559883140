/** The POSIX sh that runs on a gateway, as text. */
export type GatewayScripts = {
  /** Travels in argv: reads the rest from stdin. */
  readonly boot: string;
  /** Travels in argv in its place where a transaction is asked for: runs the program that began it, from its folder. */
  readonly kept: string;
  /** The whole program: the numbered scripts, in order. */
  readonly program: string;
  /** What stands before the program where it is installed: takes the words and the payload of a login that isn't trusted. */
  readonly helper: string;
};

/** A file of the payload; names are lower-case letters, digits, `.` and `-`. */
export type PayloadFile = { readonly name: string; readonly text: string };

/** Ends the program, so that nothing behind it is evaluated. */
const payloadMark = 'exit #%sluice-payload';

/**
 * What the boot script reads from stdin: the size in bytes, the program, and the files it unpacks beside itself.
 *
 * @throws Error when a file holds a line that the format reserves.
 */
export function formatPayload(program: string, files: readonly PayloadFile[]): Uint8Array {
  return withSize(headOf(program), Buffer.from(formatFiles(files)));
}

/** What an installed program reads from stdin: the size in bytes, and the files. */
export function formatInstalledPayload(files: readonly PayloadFile[]): Uint8Array {
  return withSize(Buffer.from(formatFiles(files)));
}

/** Every command carries the program: its bytes are made once. */
const heads = new Map<string, Uint8Array>();

function headOf(program: string): Uint8Array {
  let head = heads.get(program);
  if (head === undefined) {
    // A console's copy of the program, read by a shell, has no blank lines at its end either.
    head = Buffer.from(`${program.trimEnd()}\n${payloadMark}\n`);
    heads.set(program, head);
  }
  return head;
}

function formatFiles(files: readonly PayloadFile[]): string {
  for (const { name, text } of files) {
    if (/^#%sluice-/m.test(text)) throw new Error(`${name} holds a line that begins with "#%sluice-"`);
  }
  const parts = files.map(({ name, text }) => `#%sluice-file ${name} ${Buffer.byteLength(text)}\n${text}`);
  return `${parts.join('')}#%sluice-done`;
}

function withSize(...parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  return Buffer.concat([Buffer.from(`${size}\n`), ...parts]);
}
