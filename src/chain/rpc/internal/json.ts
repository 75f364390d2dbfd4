// Blocks as JSON text. Everything in them is hex, so nothing has to be escaped.

import { toHex } from '../../../crypto/hex.ts'
import type { Header } from '../../node/archive.ts'

/** A header in the shape from which clients compute its hash. */
export function headerJson({ parentHash, number, stateRoot, extrinsicsRoot, digest }: Header) {
  const logs = digest.length === 0 ? '' : `"${digest.join('","')}"`
  return (
    `{"parentHash":"${parentHash}","number":"0x${number.toString(16)}","stateRoot":"${stateRoot}",` +
    `"extrinsicsRoot":"${extrinsicsRoot}","digest":{"logs":[${logs}]}}`
  )
}

/** A block with its header's JSON. */
export function blockJson(header: string, extrinsics: readonly Uint8Array[]): string {
  const list = extrinsics.map(bytes => `"${toHex(bytes)}"`).join(',')
  return `{"block":{"header":${header},"extrinsics":[${list}]},"justifications":null}`
}
