// What stands where other chains keep their runtime's WebAssembly.

import { toHex } from '../../crypto/hex.ts'
import { ScaleWriter } from '../../scale/writer.ts'

/** The raw key of the runtime's code: `:code`. */
export const codeKey = '0x3a636f6465'

/** Magic and version of a WebAssembly module. */
const moduleHead = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])

/**
 * The runtime's code, as hex: an empty WebAssembly module that names the runtime in a custom section. Clients tell
 * runtimes apart by its hash (`polkadot-api: packages/observable-client`), so it follows the version.
 */
export function codeOf(runtime: {
  readonly specVersion: number
  readonly transactionVersion: number
}): string {
  const { specVersion, transactionVersion } = runtime
  const text = new TextEncoder()
  const name = text.encode('pocketgrid')
  const content = text.encode(`tfchain ${specVersion} ${transactionVersion}`)
  const out = new ScaleWriter()
  out.raw(moduleHead)
  out.raw(new Uint8Array([0, 1 + name.length + content.length, name.length]))
  out.raw(name)
  out.raw(content)
  return toHex(out.toBytes())
}
