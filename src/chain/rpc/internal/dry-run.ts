// What an extrinsic would do now: it is applied to the best block's state, and all it did is taken back.

import type { WireExtrinsic } from '../../node/extrinsic.ts'
import type { SubmitProblem } from '../../node/validity.ts'
import { balances } from '../../pallets/balances/declaration.ts'
import { withdrawFee } from '../../pallets/balances/logic.ts'
import { system } from '../../pallets/system/declaration.ts'
import { feeOf } from '../../runtime/fees.ts'
import type { DispatchError } from '../../types/primitives.ts'
import type { ApplyExtrinsicResult, TransactionValidityError } from '../../types/validity.ts'
import { rpcErrors } from '../errors.ts'
import type { ChainPort } from '../port.ts'

type Applied = { readonly error: DispatchError | null } | 'Payment'

/** The outcome; bytes that are no extrinsic throw the answer to them. */
export function dryRun(chain: ChainPort, bytes: Uint8Array): ApplyExtrinsicResult {
  const checked = chain.validate(bytes)
  if (!checked.ok) {
    const { problem } = checked
    if (problem.type === 'format') throw rpcErrors.client(problem.text)
    const error = validityError(problem)
    if (!error) throw rpcErrors.runtimeTrap()
    return { type: 'Err', value: error }
  }
  // A block cannot take what only the pool may keep for later.
  if (checked.extrinsic.nonce > chain.nonceOf(checked.extrinsic.signer)) return invalid('Future')
  const applied = applyAndRevert(chain, checked.extrinsic)
  if (applied === 'Payment') return invalid('Payment')
  const { error } = applied
  return {
    type: 'Ok',
    value: error === null ? { type: 'Ok', value: null } : { type: 'Err', value: error },
  }
}

const invalid = (type: 'Future' | 'Payment'): ApplyExtrinsicResult => ({
  type: 'Err',
  value: { type: 'Invalid', value: { type } },
})

/** A refusal in the runtime's own words; null for what the runtime cannot even read. */
export function validityError(problem: SubmitProblem): TransactionValidityError | null {
  if (problem.type === 'unknown') return { type: 'Unknown', value: { type: problem.reason } }
  if (problem.type !== 'invalid') return null
  const { reason } = problem
  return {
    type: 'Invalid',
    value: reason === 'Custom' ? { type: 'Custom', value: 0 } : { type: reason },
  }
}

function applyAndRevert(
  { kernel, runtime, archive }: ChainPort,
  { call, signer, tip, bytes }: WireExtrinsic,
): Applied {
  const { store } = kernel
  const mark = store.mark()
  let applied: Applied = 'Payment'
  try {
    const { best } = archive
    runtime.inBlock(best, archive.timestampOf(best), () => {
      const fee = feeOf(runtime.weightOf(call).refTime, bytes.length) + tip
      if (!runtime.isFree(call, signer) && !withdrawFee(runtime.txOf(balances), signer, fee)) return
      const accounts = runtime.txOf(system).state.Account
      const account = accounts.get(signer)
      accounts.set(signer, { ...account, nonce: account.nonce + 1 })
      const result = runtime.dispatch(call, { type: 'Signed', account: signer })
      applied = { error: result.ok ? null : result.error }
    })
    runtime.takeDigest()
  } finally {
    store.revert(mark)
    store.release(mark)
  }
  return applied
}
