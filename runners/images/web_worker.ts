/**
 * The Worker of web pages. onnxruntime-web puts Node's own in its place when it starts its threads, so whoever needs this one
 * imports it from here, before a provider is loaded.
 */
export const WebWorker: typeof Worker = globalThis.Worker;
