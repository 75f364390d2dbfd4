// Entities: people and companies, who prove by signatures that they stand behind their own and others' twins.

import { parseHex } from '../../../crypto/hex.ts'
import { verifySignature } from '../../../crypto/verify.ts'
import { type ByteString, bytesFromHex, bytesOfByteString } from '../../../scale/byte-string.ts'
import { boundedBytes, bytes } from '../../../scale/bytes.ts'
import { u32 } from '../../../scale/primitives.ts'
import { RuntimeTrap } from '../../runtime/tx.ts'
import { AccountId32 } from '../../types/primitives.ts'
import { tfgrid } from './declaration.ts'
import { checkCity, checkCountry } from './fields.ts'
import { nextId, type TfgridTx, twinOf } from './logic.ts'
import type { Entity, Twin } from './types.ts'

/** `pallet-tfgrid/src/lib.rs`: TFGRID_ENTITY_VERSION. */
const entityVersion = 1

export const entities = {
  create_entity: tfgrid.call(
    14,
    {
      target: AccountId32,
      name: bytes,
      country: boundedBytes(56),
      city: boundedBytes(58),
      signature: bytes,
    },
    { refTime: 575_000_000n, proofSize: 0n },
    (tx, { target, name, country, city, signature }) => {
      tx.signer()
      const { state } = tx
      if (state.EntityIdByName.has(name)) throw tx.error('EntityWithNameExists')
      if (state.EntityIdByAccountID.has(target)) throw tx.error('EntityWithPubkeyExists')
      if (signature.length !== 128) throw tx.error('SignatureLengthIsIncorrect')
      const message = bytesOfByteString(name + country + city)
      if (!isSignedBy(target, message, signature)) throw tx.error('EntitySignatureDoesNotMatch')
      checkCountry(tx, country)
      checkCity(tx, city)
      const id = nextId(state.EntityID)
      const entity: Entity = { version: entityVersion, id, name, account_id: target, country, city }
      state.Entities.set(id, entity)
      state.EntityIdByName.set(name, id)
      state.EntityIdByAccountID.set(target, id)
      tx.deposit('EntityStored', [entity])
    },
  ),

  update_entity: tfgrid.call(
    15,
    { name: bytes, country: boundedBytes(56), city: boundedBytes(58) },
    { refTime: 475_000_000n, proofSize: 0n },
    (tx, { name, country, city }) => {
      const account = tx.signer()
      const { state } = tx
      if (state.EntityIdByName.has(name)) throw tx.error('EntityWithNameExists')
      const stored = entityOfAccount(tx, account)
      if (stored.account_id !== account) throw tx.error('CannotUpdateEntity')
      checkCountry(tx, country)
      checkCity(tx, city)
      const entity: Entity = { ...stored, name, country, city }
      state.EntityIdByName.remove(stored.name)
      state.Entities.set(entity.id, entity)
      state.EntityIdByName.set(name, entity.id)
      tx.deposit('EntityUpdated', [entity])
    },
  ),

  delete_entity: tfgrid.call(16, {}, { refTime: 450_000_000n, proofSize: 0n }, tx => {
    const account = tx.signer()
    const { id, name, account_id } = entityOfAccount(tx, account)
    if (account_id !== account) throw tx.error('CannotDeleteEntity')
    tx.state.Entities.remove(id)
    tx.state.EntityIdByName.remove(name)
    tx.state.EntityIdByAccountID.remove(account)
    tx.deposit('EntityDeleted', [id])
  }),

  add_twin_entity: tfgrid.call(
    19,
    { twin_id: u32, entity_id: u32, signature: bytes },
    { refTime: 250_000_000n, proofSize: 0n },
    (tx, { twin_id, entity_id, signature }) => {
      const account = tx.signer()
      const entity = tx.state.Entities.get(entity_id)
      if (entity === null) throw tx.error('EntityNotExists')
      const twin = ownTwin(tx, twin_id, account)
      if (twin.entities.some(known => isSameProof(known, entity_id, signature))) {
        throw tx.error('EntityWithSignatureAlreadyExists')
      }
      if (!isSignedBy(entity.account_id, proofMessage(entity_id, twin_id), signature)) {
        throw tx.error('EntitySignatureDoesNotMatch')
      }
      const proofs = [...twin.entities, { entity_id, signature }]
      tx.state.Twins.set(twin_id, { ...twin, entities: proofs })
      tx.deposit('TwinEntityStored', [twin_id, entity_id, signature])
    },
  ),

  delete_twin_entity: tfgrid.call(
    20,
    { twin_id: u32, entity_id: u32 },
    { refTime: 225_000_000n, proofSize: 0n },
    (tx, { twin_id, entity_id }) => {
      const twin = ownTwin(tx, twin_id, tx.signer())
      const at = twin.entities.findIndex(known => known.entity_id === entity_id)
      if (at === -1) throw tx.error('EntityNotExists')
      tx.state.Twins.set(twin_id, { ...twin, entities: twin.entities.toSpliced(at, 1) })
      tx.deposit('TwinEntityRemoved', [twin_id, entity_id])
    },
  ),
}

function entityOfAccount(tx: TfgridTx, account: AccountId32): Entity {
  const id = tx.state.EntityIdByAccountID.get(account)
  const entity = id === null ? null : tx.state.Entities.get(id)
  if (entity === null) throw tx.error('EntityNotExists')
  return entity
}

function ownTwin(tx: TfgridTx, twinId: number, account: AccountId32): Twin {
  const twin = twinOf(tx, twinId)
  if (twin.account_id !== account) throw tx.error('UnauthorizedToUpdateTwin')
  return twin
}

function isSameProof(
  known: Twin['entities'][number],
  entityId: number,
  signature: ByteString,
): boolean {
  return known.entity_id === entityId && known.signature === signature
}

/** What an entity signs for a twin: both ids, big endian. */
function proofMessage(entityId: number, twinId: number): Uint8Array {
  const message = new DataView(new ArrayBuffer(8))
  message.setUint32(0, entityId)
  message.setUint32(4, twinId)
  return new Uint8Array(message.buffer)
}

/**
 * Whether a signature of 128 hex digits is the account's, in either scheme. Upstream takes the digits for
 * granted (`pallet-tfgrid/src/twin.rs`, `from_hex(..).expect(..)`): anything else traps.
 */
function isSignedBy(signer: AccountId32, message: Uint8Array, digits: ByteString): boolean {
  const signature = /^[0-9a-fA-F]{128}$/.test(digits) ? parseHex(digits) : undefined
  if (!signature) throw new RuntimeTrap('an entity signature is not 128 hex digits')
  const account = bytesFromHex(signer)
  return (['ed25519', 'sr25519'] as const).some(scheme =>
    verifySignature({ scheme, account, message, signature }),
  )
}
