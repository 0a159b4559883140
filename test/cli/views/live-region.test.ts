import { expect, test } from 'vitest';
import { LiveRegion, sizeOf } from '../../../src/cli/views/live-region.ts';
import { Terminal } from './terminal.ts';

test('a terminal that does not know its size is taken for 80 × 24', () => {
  expect(sizeOf(new Terminal(0, 0))).toEqual({ columns: 80, rows: 24 });
  expect(sizeOf(new Terminal(120, 40))).toEqual({ columns: 120, rows: 40 });
});

test('a text taller than the terminal scrolls by whole, above the region', () => {
  const terminal = new Terminal(40, 6);
  const region = new LiveRegion(terminal);
  const tall = Array.from({ length: 50 }, (_, i) => `line ${i}`);
  region.draw('before\n', ['a', 'b']);
  region.draw(`${tall.join('\n')}\n`, ['a', 'c']);
  expect(terminal.text.split('\n')).toEqual(['before', ...tall, 'a', 'c']);
  region.draw('after\n', []);
  region.close();
  expect(terminal.text.split('\n')).toEqual(['before', ...tall, 'after']);
});

test('a region that stands still costs nothing', () => {
  const terminal = new Terminal(40, 6);
  const region = new LiveRegion(terminal);
  region.draw('', ['a', 'b']);
  const { bytes } = terminal;
  region.draw('', ['a', 'b']);
  expect(terminal.bytes).toBe(bytes);
});

test('a frame reaches the terminal in one write', () => {
  const terminal = new Terminal(40, 6);
  const region = new LiveRegion(terminal);
  let writes = 0;
  const write = terminal._write.bind(terminal);
  terminal._write = (chunk, encoding, done) => {
    writes += 1;
    write(chunk, encoding, done);
  };
  region.draw('', ['a', 'b']);
  region.draw('text\n', ['c']);
  expect(writes).toBe(2);
});
