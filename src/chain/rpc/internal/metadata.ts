// The metadata as clients get them: hex text made once per version, in each of the wrappings that methods use.

import { toHex } from '../../../crypto/hex.ts'
import { invariant } from '../../../kernel/errors.ts'
import { ScaleWriter } from '../../../scale/writer.ts'
import { Json } from '../call.ts'

/** The versions that may be served, ascending (`substrate: frame/metadata`). */
const knownVersions = [14, 15, 16] as const

/** The version that `state_getMetadata` gives: the only one that every client reads. */
const plainVersion = 14

/** Where the version stands in the bytes: behind the magic number. */
const versionOffset = 4

/** Metadata in the versions that a runtime has, made when somebody asks. */
export class ServedMetadata {
  readonly #bytesOf: (version: number) => Uint8Array | null
  readonly #kept = new Map<string, Json>()
  #versions: readonly number[] | null = null

  /** `bytesOf` gives the bytes of a version, from the magic number on; anything else is not served. */
  constructor(bytesOf: (version: number) => Uint8Array | null) {
    this.#bytesOf = bytesOf
  }

  get versions(): readonly number[] {
    this.#versions ??= knownVersions.filter(
      version => this.#bytesOf(version)?.[versionOffset] === version,
    )
    return this.#versions
  }

  /** The bytes, as `state_getMetadata` answers. */
  get plain(): Json {
    return this.#keep('plain', () => this.#bytes(plainVersion))
  }

  /** `Vec<u8>` of the bytes, as the runtime's own function gives them. */
  get opaque(): Json {
    return this.#keep('opaque', () => withLength(this.#bytes(plainVersion), []))
  }

  /** `Option<Vec<u8>>` of the bytes of a version. */
  atVersion(version: number): Json {
    if (!this.versions.includes(version)) return new Json('"0x00"')
    return this.#keep(`${version}`, () => withLength(this.#bytes(version), [1]))
  }

  #bytes(version: number): Uint8Array {
    const bytes = this.#bytesOf(version)
    invariant(bytes, `version ${version} of the metadata is served`)
    return bytes
  }

  #keep(name: string, make: () => Uint8Array): Json {
    let json = this.#kept.get(name)
    if (!json) {
      json = new Json(`"${toHex(make())}"`)
      this.#kept.set(name, json)
    }
    return json
  }
}

function withLength(bytes: Uint8Array, before: readonly number[]): Uint8Array {
  const out = new ScaleWriter(bytes.length + 8)
  for (const byte of before) out.u8(byte)
  out.compact(bytes.length)
  out.raw(bytes)
  return out.toBytes()
}
