// Twins: the accounts that take part in the grid, the terms they accept, and the account that backs them.

import { boundedBytes } from '../../../scale/bytes.ts'
import { option } from '../../../scale/containers.ts'
import { u32 } from '../../../scale/primitives.ts'
import { tfgrid } from './declaration.ts'
import { checkDocument, checkRelay } from './fields.ts'
import { nextId, secondsOf, twinIdOf, twinOf } from './logic.ts'
import type { Twin } from './types.ts'

export const twins = {
  create_twin: tfgrid.call(
    17,
    { relay: option(boundedBytes(1024)), pk: option(boundedBytes(128)) },
    { refTime: 389_808_000n, proofSize: 3700n },
    (tx, { relay, pk }) => {
      const account = tx.signer()
      const { state } = tx
      if (!state.UsersTermsAndConditions.has(account)) {
        throw tx.error('UserDidNotSignTermsAndConditions')
      }
      if (state.TwinIdByAccountID.has(account)) throw tx.error('TwinWithPubkeyExists')
      checkRelay(tx, relay)
      const id = nextId(state.TwinID)
      const twin: Twin = { id, account_id: account, relay, entities: [], pk }
      state.Twins.set(id, twin)
      state.TwinIdByAccountID.set(account, id)
      tx.deposit('TwinStored', [twin])
    },
  ),

  update_twin: tfgrid.call(
    18,
    { relay: option(boundedBytes(1024)), pk: option(boundedBytes(128)) },
    { refTime: 165_479_000n, proofSize: 3893n },
    (tx, { relay, pk }) => {
      const account = tx.signer()
      const stored = twinOf(tx, twinIdOf(tx, account))
      if (stored.account_id !== account) throw tx.error('UnauthorizedToUpdateTwin')
      checkRelay(tx, relay)
      const twin: Twin = { ...stored, relay, pk }
      tx.state.Twins.set(twin.id, twin)
      tx.deposit('TwinUpdated', [twin])
    },
  ),

  user_accept_tc: tfgrid.call(
    25,
    { document_link: boundedBytes(2048), document_hash: boundedBytes(50) },
    { refTime: 157_644_000n, proofSize: 3605n },
    (tx, { document_link, document_hash }) => {
      const account_id = tx.signer()
      checkDocument(tx, document_link, document_hash)
      const accepted = { account_id, timestamp: secondsOf(tx), document_link, document_hash }
      const before = tx.state.UsersTermsAndConditions.get(account_id) ?? []
      tx.state.UsersTermsAndConditions.set(account_id, [...before, accepted])
    },
  ),

  bond_twin_account: tfgrid.call(
    37,
    { twin_id: u32 },
    { refTime: 137_083_000n, proofSize: 3852n },
    (tx, { twin_id }) => {
      const account = tx.signer()
      if (twinOf(tx, twin_id).account_id === account) throw tx.error('TwinCannotBoundToItself')
      tx.state.TwinBoundedAccountID.set(twin_id, account)
      tx.deposit('TwinAccountBounded', [twin_id, account])
    },
  ),
}
