// Dao: its calls.

import { bytes } from '../../../scale/bytes.ts'
import { option } from '../../../scale/containers.ts'
import { bool, compact, u32 } from '../../../scale/primitives.ts'
import { RuntimeCall } from '../../types/outer.ts'
import { H256 } from '../../types/primitives.ts'
import { dao } from './declaration.ts'
import { close, propose, veto, vote } from './proposals.ts'

/** The calls of Dao, by name. */
export const calls = {
  propose: dao.call(
    0,
    {
      threshold: compact(u32),
      action: RuntimeCall,
      description: bytes,
      link: bytes,
      duration: option(u32),
    },
    { refTime: 661_897_000n, proofSize: 4687n, class: 'Operational' },
    propose,
  ),

  vote: dao.call(
    1,
    { farm_id: u32, proposal_hash: H256, approve: bool },
    { refTime: 260_647_000n, proofSize: 4444n, class: 'Operational' },
    vote,
  ),

  veto: dao.call(
    2,
    { proposal_hash: H256 },
    { refTime: 200_618_000n, proofSize: 4687n, class: 'Operational' },
    (tx, { proposal_hash }) => veto(tx, proposal_hash),
  ),

  close: dao.call(
    3,
    { proposal_hash: H256, proposal_index: compact(u32) },
    { refTime: 509_786_000n, proofSize: 4687n, class: 'Operational' },
    (tx, { proposal_hash, proposal_index }) => close(tx, proposal_hash, proposal_index),
  ),
}
