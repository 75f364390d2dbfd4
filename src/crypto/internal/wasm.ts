// The WASM module of the Polkadot crypto library (sr25519, secp256k1 recovery, blake2b, twox), without its JavaScript wrapper.

import { randomFillSync } from 'node:crypto'
import { inflateSync } from 'node:zlib'
import { bytes as packedModule } from '@polkadot/wasm-crypto-wasm/cjs/bytes'
import { invariant } from '../../kernel/errors.ts'

// The wrapper package costs 110 ms to load (it unpacks the module in JavaScript and pulls in a
// utility library); unpacked natively and called directly the same module costs 7 ms. The names and
// calling convention below belong to exactly the version that package.json pins.

// A slice of bytes is passed as its pointer and its size; a function that makes bytes is first told
// where to announce them.
type SliceCall = (...numbers: number[]) => number

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly __wbindgen_malloc: (size: number) => number
  readonly __wbindgen_free: (pointer: number, size: number) => void
  readonly ext_blake2b: SliceCall
  readonly ext_twox: SliceCall
  readonly ext_sr_from_seed: SliceCall
  readonly ext_sr_derive_keypair_hard: SliceCall
  readonly ext_sr_derive_keypair_soft: SliceCall
  readonly ext_sr_sign: SliceCall
  readonly ext_sr_verify: SliceCall
  readonly ext_secp_from_seed: SliceCall
  readonly ext_secp_sign: SliceCall
  readonly ext_secp_recover: SliceCall
}

// Node's types know only a part of this global.
interface Wasm {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: unknown, imports: object) => { readonly exports: unknown }
  readonly RuntimeError: new () => Error
}
const wasmHost = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly

// Results that are byte strings are announced at this address as (pointer, size).
const RESULT_ADDRESS = 8
// Where a slice of no bytes may point to: anything but null.
const EMPTY_SLICE = 1
// The module asks for the host's `crypto` object by handle; it gets this one and never looks inside.
const HOST_HANDLE = 36

let compiled: object | undefined

function compiledModule(): object {
  compiled ??= new wasmHost.Module(inflateSync(Buffer.from(packedModule as string, 'base64')))
  return compiled
}

/** One instance of the module: a linear memory and the functions over it. */
class Instance {
  readonly exports: Exports
  #bytes = new Uint8Array(0)
  #words = new Int32Array(0)

  constructor() {
    const refuse = () =>
      invariant(false, 'the crypto module asks only for host functions of browsers')
    const imports = {
      __wbindgen_is_undefined: () => 0,
      __wbindgen_object_drop_ref: () => {},
      __wbg_self_1b7a39e3a92c949c: () => HOST_HANDLE,
      __wbg_crypto_968f1772287e2df0: () => HOST_HANDLE,
      __wbg_getRandomValues_a3d34b4fee3c2869: () => HOST_HANDLE,
      __wbg_require_604837428532a733: refuse,
      __wbg_randomFillSync_d5bd2d655fdf256a: refuse,
      __wbg_getRandomValues_f5e14ab7ac8e995d: (_handle: number, pointer: number, size: number) => {
        randomFillSync(this.#memory(), pointer, size)
      },
    }
    const instance = new wasmHost.Instance(compiledModule(), { wbg: imports })
    this.exports = instance.exports as Exports
  }

  #memory(): Uint8Array {
    // Growing detaches the old buffer, and any allocation may grow.
    if (this.#bytes.buffer !== this.exports.memory.buffer) {
      this.#bytes = new Uint8Array(this.exports.memory.buffer)
      this.#words = new Int32Array(this.exports.memory.buffer)
    }
    return this.#bytes
  }

  /** Copies bytes in; the called function takes the copy over and frees it. */
  put(data: Uint8Array): number {
    if (data.length === 0) return EMPTY_SLICE
    const pointer = this.exports.__wbindgen_malloc(data.length)
    this.#memory().set(data, pointer)
    return pointer
  }

  /** Copies the last result out and frees it. */
  take(): Uint8Array {
    const memory = this.#memory()
    const pointer = this.#words[RESULT_ADDRESS / 4]!
    const size = this.#words[RESULT_ADDRESS / 4 + 1]!
    const result = memory.slice(pointer, pointer + size)
    this.exports.__wbindgen_free(pointer, size)
    return result
  }
}

let main: Instance | undefined

function instance(): Instance {
  main ??= new Instance()
  return main
}

/** Makes the instance now rather than at its first use. */
export function warmUp(): void {
  instance()
}

/** BLAKE2b without key, `size` bytes. */
export function blake2b(data: Uint8Array, size: number): Uint8Array {
  const wasm = instance()
  wasm.exports.ext_blake2b(RESULT_ADDRESS, wasm.put(data), data.length, EMPTY_SLICE, 0, size)
  return wasm.take()
}

/** `rounds` times xxHash64 with seeds 0, 1, ..., each little-endian. */
export function twox(data: Uint8Array, rounds: number): Uint8Array {
  const wasm = instance()
  wasm.exports.ext_twox(RESULT_ADDRESS, wasm.put(data), data.length, rounds)
  return wasm.take()
}

// An expanded sr25519 pair is 64 bytes of secret key, then 32 of public key.
const SR_SECRET_SIZE = 64
const SR_PAIR_SIZE = 96

/** The expanded sr25519 pair of a 32-byte seed. */
export function srPairFromSeed(seed: Uint8Array): Uint8Array {
  invariant(seed.length === 32, 'a seed is 32 bytes')
  const wasm = instance()
  wasm.exports.ext_sr_from_seed(RESULT_ADDRESS, wasm.put(seed), seed.length)
  return wasm.take()
}

/** The child of an expanded sr25519 pair under a 32-byte chain code. */
export function srDerive(kind: 'hard' | 'soft', pair: Uint8Array, code: Uint8Array): Uint8Array {
  invariant(pair.length === SR_PAIR_SIZE && code.length === 32, 'a pair is 96 bytes, a code 32')
  const wasm = instance()
  const parent = wasm.put(pair)
  const chainCode = wasm.put(code)
  if (kind === 'hard') {
    wasm.exports.ext_sr_derive_keypair_hard(RESULT_ADDRESS, parent, SR_PAIR_SIZE, chainCode, 32)
  } else {
    wasm.exports.ext_sr_derive_keypair_soft(RESULT_ADDRESS, parent, SR_PAIR_SIZE, chainCode, 32)
  }
  return wasm.take()
}

/** The public key in an expanded sr25519 pair. */
export function srPublicKey(pair: Uint8Array): Uint8Array {
  return pair.slice(SR_SECRET_SIZE)
}

/** Signs under the context `substrate`. Draws from the system's randomness: no two signatures are equal. */
export function srSign(pair: Uint8Array, message: Uint8Array): Uint8Array {
  invariant(pair.length === SR_PAIR_SIZE, 'an expanded pair is 96 bytes')
  const wasm = instance()
  const pk = wasm.put(pair.subarray(SR_SECRET_SIZE))
  const sk = wasm.put(pair.subarray(0, SR_SECRET_SIZE))
  const said = wasm.put(message)
  wasm.exports.ext_sr_sign(RESULT_ADDRESS, pk, 32, sk, SR_SECRET_SIZE, said, message.length)
  return wasm.take()
}

/** False for anything that is not a valid signature, whatever its size. */
export function srVerify(pk: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const wasm = instance()
  const claim = wasm.put(signature)
  const said = wasm.put(message)
  const key = wasm.put(pk)
  const { length } = message
  return wasm.exports.ext_sr_verify(claim, signature.length, said, length, key, pk.length) !== 0
}

// The secp256k1 functions trap on input that they cannot handle, and a trapped instance cannot be
// trusted any more. So they have an instance of their own, which is thrown away after a trap; the
// next one takes 20 ms to prepare its tables, so callers keep input that must trap away from here.
let secp: Instance | undefined

function secpResult(call: (wasm: Instance) => void): Uint8Array | undefined {
  secp ??= new Instance()
  try {
    call(secp)
    return secp.take()
  } catch (cause) {
    if (!(cause instanceof wasmHost.RuntimeError)) throw cause
    secp = undefined
    return undefined
  }
}

/** The compressed public key of a secp256k1 secret; nothing when the secret is 0 or too large. */
export function secpPublicKey(seed: Uint8Array): Uint8Array | undefined {
  const pair = secpResult(wasm => {
    wasm.exports.ext_secp_from_seed(RESULT_ADDRESS, wasm.put(seed), seed.length)
  })
  // The pair is the secret, then the compressed public key.
  return pair?.slice(32)
}

/** A recoverable ECDSA signature: r, s (32 bytes each) and the recovery id; deterministic. */
export function secpSign(hash: Uint8Array, seed: Uint8Array): Uint8Array | undefined {
  return secpResult(wasm => {
    const said = wasm.put(hash)
    wasm.exports.ext_secp_sign(RESULT_ADDRESS, said, hash.length, wasm.put(seed), seed.length)
  })
}

/** The compressed public key behind a 64-byte signature with low `s`; nothing when there is none. */
export function secpRecover(
  hash: Uint8Array,
  signature: Uint8Array,
  recovery: number,
): Uint8Array | undefined {
  return secpResult(wasm => {
    const said = wasm.put(hash)
    const made = wasm.put(signature)
    wasm.exports.ext_secp_recover(RESULT_ADDRESS, said, hash.length, made, 64, recovery)
  })
}
