// Types of the host that the library names in public: the host's own where a program knows them, what is
// needed of them where its `lib` has none, as without "dom".

/** The host's `AbortSignal`, or what is needed of it. */
export type HostSignal = typeof globalThis extends { AbortSignal: { prototype: infer Signal } }
  ? Signal
  : { readonly aborted: boolean };

/** The host's `WebAssembly.Module`, or any object. */
export type HostModule = typeof globalThis extends
  { WebAssembly: { Module: { prototype: infer Module } } } ? Module
  : object;
