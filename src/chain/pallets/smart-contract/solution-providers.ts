// Calls about solution providers: who they are, whether the council knows them, whose contracts are theirs.

import { bytes } from '../../../scale/bytes.ts'
import { vec } from '../../../scale/containers.ts'
import { bool, u64 } from '../../../scale/primitives.ts'
import { ensureRestricted } from '../../runtime/origins.ts'
import { tfgrid } from '../tfgrid/declaration.ts'
import { smartContract } from './declaration.ts'
import { Provider, type SolutionProvider } from './types.ts'

/** The most that the providers of a solution may take together, in per cent. */
const maxTake = 50

/** Calls about solution providers, by name. */
export const solutionProviderCalls = {
  create_solution_provider: smartContract.call(
    8,
    { description: bytes, link: bytes, providers: vec(Provider) },
    { refTime: 235_560_000n, proofSize: 1522n },
    (tx, { description, link, providers }) => {
      tx.signer()
      // Upstream adds up in 8 bits: 200 and 100 are 44.
      const take = providers.reduce((sum, provider) => (sum + provider.take) & 0xff, 0)
      if (take > maxTake) throw tx.error('InvalidProviderConfiguration')
      const id = tx.state.SolutionProviderID.get() + 1n
      const provider: SolutionProvider = {
        solution_provider_id: id,
        providers,
        description,
        link,
        approved: false,
      }
      tx.state.SolutionProviderID.set(id)
      tx.state.SolutionProviders.set(id, provider)
      tx.deposit('SolutionProviderCreated', [provider])
    },
  ),

  approve_solution_provider: smartContract.call(
    9,
    { solution_provider_id: u64, approve: bool },
    { refTime: 138_535_000n, proofSize: 3680n },
    (tx, { solution_provider_id, approve }) => {
      ensureRestricted(tx)
      const provider = tx.state.SolutionProviders.get(solution_provider_id)
      if (!provider) throw tx.error('NoSuchSolutionProvider')
      tx.state.SolutionProviders.set(solution_provider_id, { ...provider, approved: approve })
      tx.deposit('SolutionProviderApproved', [solution_provider_id, approve])
    },
  ),

  attach_solution_provider_id: smartContract.call(
    19,
    { contract_id: u64, solution_provider_id: u64 },
    { refTime: 197_462_000n, proofSize: 4436n },
    (tx, { contract_id, solution_provider_id }) => {
      const signer = tx.signer()
      const provider = tx.state.SolutionProviders.get(solution_provider_id)
      if (!provider) throw tx.error('NoSuchSolutionProvider')
      if (!provider.approved) throw tx.error('SolutionProviderNotApproved')
      const contract = tx.state.Contracts.get(contract_id)
      if (!contract) throw tx.error('ContractNotExists')
      const twinId = tx.in(tfgrid).state.TwinIdByAccountID.get(signer)
      if (twinId === null) throw tx.error('TwinNotExists')
      if (contract.twin_id !== twinId || contract.solution_provider_id !== null) {
        throw tx.error('UnauthorizedToChangeSolutionProviderId')
      }
      const attached = { ...contract, solution_provider_id }
      tx.state.Contracts.set(contract_id, attached)
      tx.deposit('ContractUpdated', [attached])
    },
  ),
}
