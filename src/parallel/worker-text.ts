/**
 * The code of a Web Worker as text. Undefined in the source and in Node; the build for browsers has it
 * (tsdown.browser.config.ts), for pages whose bundler does not make a file of the worker.
 */
export const WORKER_TEXT: string | undefined = undefined;
