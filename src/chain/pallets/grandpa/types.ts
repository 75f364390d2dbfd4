// Types of Grandpa: pending changes of authorities, and proofs of contradictory votes.

import { struct } from '../../../scale/composite.ts'
import { option, tuple, weakBoundedVec } from '../../../scale/containers.ts'
import { enumeration } from '../../../scale/enumeration.ts'
import { u32, u64 } from '../../../scale/primitives.ts'
import type { ScaleType, ValueOf } from '../../../scale/type.ts'
import { GrandpaId, GrandpaSignature, H256 } from '../../types/primitives.ts'

/** Two contradictory votes of one authority; `vote` is a prevote or a precommit. */
function equivocationOf<Vote>(Vote: ScaleType<Vote>) {
  const Signed = tuple(Vote, GrandpaSignature)
  return struct(
    {
      path: 'finality_grandpa::Equivocation',
      params: { Id: GrandpaId, V: Vote, S: GrandpaSignature },
    },
    { round_number: u64, identity: GrandpaId, first: Signed, second: Signed },
  )
}

export const StoredState = enumeration(
  { path: 'pallet_grandpa::StoredState', params: { N: u32 } },
  {
    Live: [],
    PendingPause: { scheduled_at: u32, delay: u32 },
    Paused: [],
    PendingResume: { scheduled_at: u32, delay: u32 },
  },
  { default: { type: 'Live' } },
)
export type StoredState = ValueOf<typeof StoredState>

export const StoredPendingChange = struct(
  { path: 'pallet_grandpa::StoredPendingChange', params: { N: u32, Limit: null } },
  {
    scheduled_at: u32,
    delay: u32,
    next_authorities: weakBoundedVec(tuple(GrandpaId, u64), 100),
    forced: option(u32),
  },
)
export type StoredPendingChange = ValueOf<typeof StoredPendingChange>

export const Prevote = struct(
  { path: 'finality_grandpa::Prevote', params: { H: H256, N: u32 } },
  {
    target_hash: H256,
    target_number: u32,
  },
)
export type Prevote = ValueOf<typeof Prevote>

export const Precommit = struct(
  { path: 'finality_grandpa::Precommit', params: { H: H256, N: u32 } },
  {
    target_hash: H256,
    target_number: u32,
  },
)
export type Precommit = ValueOf<typeof Precommit>

export const PrevoteEquivocation = equivocationOf(Prevote)
export type PrevoteEquivocation = ValueOf<typeof PrevoteEquivocation>

export const PrecommitEquivocation = equivocationOf(Precommit)
export type PrecommitEquivocation = ValueOf<typeof PrecommitEquivocation>

export const Equivocation = enumeration(
  { path: 'sp_consensus_grandpa::Equivocation', params: { H: H256, N: u32 } },
  {
    Prevote: [PrevoteEquivocation],
    Precommit: [PrecommitEquivocation],
  },
)
export type Equivocation = ValueOf<typeof Equivocation>

export const EquivocationProof = struct(
  { path: 'sp_consensus_grandpa::EquivocationProof', params: { H: H256, N: u32 } },
  {
    set_id: u64,
    equivocation: Equivocation,
  },
)
export type EquivocationProof = ValueOf<typeof EquivocationProof>
