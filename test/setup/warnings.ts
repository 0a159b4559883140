/** A warning of the runtime, as of a leaking listener, fails the run as an unhandled rejection does. */
process.on('warning', (warning) => {
  throw warning;
});
