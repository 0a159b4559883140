import { open } from 'node:fs/promises';

const blockBytes = 64 * 1024;

/** The last whole line of a file, however long the file is; undefined where there is none. What follows the last line end is torn. */
export async function lastLine(path: string): Promise<string | undefined> {
  const file = await open(path, 'r');
  try {
    let { size: start } = await file.stat();
    let tail = Buffer.alloc(0);
    while (start > 0) {
      const length = Math.min(blockBytes, start);
      start -= length;
      const block = Buffer.alloc(length);
      const { bytesRead } = await file.read(block, 0, length, start);
      tail = Buffer.concat([block.subarray(0, bytesRead), tail]);
      const end = tail.lastIndexOf(0x0a);
      if (end < 1) continue;
      const before = tail.lastIndexOf(0x0a, end - 1);
      if (before >= 0 || start === 0) return tail.toString('utf8', before + 1, end);
    }
    return undefined;
  } finally {
    await file.close();
  }
}
