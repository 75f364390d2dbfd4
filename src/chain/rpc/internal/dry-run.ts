// What an extrinsic would do now: it is applied to the best block's state, and all it did is taken back.

import { ScaleWriter } from '../../../scale/writer.ts'
import type { WireExtrinsic } from '../../node/extrinsic.ts'
import { balances } from '../../pallets/balances/declaration.ts'
import { withdrawFee } from '../../pallets/balances/logic.ts'
import { system } from '../../pallets/system/declaration.ts'
import { feeOf } from '../../runtime/fees.ts'
import { DispatchError } from '../../types/primitives.ts'
import { indexOfInvalid, rpcErrors } from '../errors.ts'
import type { ChainPort } from '../port.ts'

type Applied = { readonly error: DispatchError | null } | 'Payment'

/** SCALE of `Result<Result<(), DispatchError>, TransactionValidityError>`. */
export function dryRun(chain: ChainPort, bytes: Uint8Array): Uint8Array {
  const out = new ScaleWriter()
  const checked = chain.validate(bytes)
  if (!checked.ok) {
    const { problem } = checked
    if (problem.type === 'invalid') putInvalid(out, indexOfInvalid(problem.reason))
    else if (problem.type === 'unknown') putUnknown(out, problem.reason)
    else if (problem.type === 'format') throw rpcErrors.client(problem.text)
    else throw rpcErrors.runtimeTrap()
    return out.toBytes()
  }
  // A block cannot take what only the pool may keep for later.
  if (checked.extrinsic.nonce > chain.nonceOf(checked.extrinsic.signer)) {
    putInvalid(out, indexOfInvalid('Future'))
    return out.toBytes()
  }
  const applied = applyAndRevert(chain, checked.extrinsic)
  if (applied === 'Payment') {
    putInvalid(out, indexOfInvalid('Payment'))
    return out.toBytes()
  }
  out.u8(0)
  out.u8(applied.error === null ? 0 : 1)
  if (applied.error !== null) DispatchError.encode(applied.error, out)
  return out.toBytes()
}

/** `Err(TransactionValidityError::Invalid(..))` */
function putInvalid(out: ScaleWriter, index: number): void {
  out.u8(1)
  out.u8(0)
  out.u8(index)
}

/** `Err(TransactionValidityError::Unknown(..))` */
function putUnknown(out: ScaleWriter, reason: 'CannotLookup' | 'NoUnsignedValidator'): void {
  out.u8(1)
  out.u8(1)
  out.u8(reason === 'CannotLookup' ? 0 : 1)
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
