// author_*: extrinsics on their way into a block.

import { blake2b256 } from '../../crypto/hash.ts'
import { toHex } from '../../crypto/hex.ts'
import { errorOfProblem } from './errors.ts'
import { bytes, param } from './params.ts'
import { method, namespace, subscription } from './registry.ts'

export const authorNamespace = namespace('author', {
  author_submitExtrinsic: method(
    'Submits a signed extrinsic; returns its hash',
    [param('extrinsic', bytes)],
    ({ chain, edge, session }, extrinsic) => {
      edge.submitted(session)
      const submitted = chain.submitBytes(extrinsic)
      if (!submitted.ok) throw errorOfProblem(submitted.problem, false)
      return submitted.hash
    },
  ),

  author_submitAndWatchExtrinsic: subscription(
    'Submits a signed extrinsic and follows what becomes of it',
    [param('bytes', bytes)],
    ({ chain, edge, session }, opened, extrinsic) => {
      edge.submitted(session)
      edge.followExtrinsic(opened, toHex(blake2b256(extrinsic)))
      const submitted = chain.submitBytes(extrinsic)
      if (!submitted.ok) throw errorOfProblem(submitted.problem, true)
    },
    { notifies: 'author_extrinsicUpdate', unsubscribe: ['author_unwatchExtrinsic'] },
  ),

  author_pendingExtrinsics: method('The extrinsics that are ready', [], ({ chain }) =>
    chain.pendingBytes().map(toHex),
  ),
})
