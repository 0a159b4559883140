#!/usr/bin/env node
/*
 * Becomes dist/cli/main.js, which runs the program beside it: sluice.cjs, all of it in one file. V8 would read it anew at each start, and compile each function
 * at its first call; what it made of them once lies in sluice.cjs.cache, and a start takes two thirds of the CPU.
 */
const { createHash } = require('node:crypto');
const { readFileSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');

const PROGRAM = join(__dirname, 'sluice.cjs');
const CACHE = `${PROGRAM}.cache`;
const DIGEST_BYTES = 32;

const program = readFileSync(PROGRAM);

/** The program as V8 has read it; `cachedData` is taken by the version and flags of V8 that made it, and compiled as ever by others. */
function read(cachedData) {
  // Node gives its own modules a scope like this.
  const text = `(function (exports, require, module, __filename, __dirname) {${program}\n})`;
  return new Script(text, { filename: PROGRAM, cachedData });
}

function start(script) {
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(PROGRAM), module, PROGRAM, dirname(PROGRAM));
}

/** V8 looks at the length of both alone: what is of another program, or damaged, must never reach it. */
function digest(data) {
  return createHash('sha256').update(program).update(data).digest();
}

/** What V8 compiled of this very program; undefined where there is nothing, or nothing whole. */
function cached() {
  try {
    const kept = readFileSync(CACHE);
    const data = kept.subarray(DIGEST_BYTES);
    return digest(data).equals(kept.subarray(0, DIGEST_BYTES)) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps what V8 has compiled of it so far. */
function keep(script) {
  const data = script.createCachedData();
  writeFileSync(CACHE, Buffer.concat([digest(data), data]));
}

/**
 * Leaves V8's young generation as large as starting made it: it would double it whenever much in there is still in use at a
 * collection, as the connections of a wave are. Not before the program is read, nor when it is kept: V8 takes what it
 * compiled with the same flags alone. Of a flag that it doesn't know it would complain: this one is there up to Node 26, whose V8
 * is the newest that was looked at.
 */
function holdYoungGeneration() {
  if (parseInt(process.versions.v8, 10) <= 14) setFlagsFromString('--semi-space-growth-factor=1');
}

if (require.main === module) {
  start(read(cached()));
  holdYoungGeneration();
}

module.exports = { cached, keep, read, start };
