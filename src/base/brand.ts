// Nominal types over plain ones, so that the compiler keeps apart what the machine cannot.

declare const brand: unique symbol
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** Bytes that a person could read. May never be stored or logged. */
export type Plaintext = Brand<Uint8Array, 'Plaintext'>

/** Bytes that only a key opens. The only sort that the ledger, the queue and the index directory may hold. */
export type Sealed = Brand<Uint8Array, 'Sealed'>
