// Deployments as people follow them: all there are, and one from its contract to where it stands, hop by hop.

import type { Chain } from '../../chain/node/chain.ts'
import { smartContract } from '../../chain/pallets/smart-contract/declaration.ts'
import type { Contract } from '../../chain/pallets/smart-contract/types.ts'
import { type TraceEntry, traceWindow } from '../../kernel/trace.ts'
import type {
  DeploymentItem,
  DeploymentPage,
  DeploymentStory,
  Hop,
} from '../../services/control/dashboard-types.ts'
import type { DeploymentSummary } from '../../zos/nodes.ts'
import type { World } from '../world.ts'
import { countIn } from './plain.ts'

/** Some of the deployments on all nodes, those of the newest contracts first. */
export function deploymentsOf(
  { nodes }: World,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): DeploymentPage {
  const all: { readonly nodeId: number; readonly own: DeploymentSummary }[] = []
  for (const { nodeId } of nodes.list()) {
    if (nodeId === 0) continue
    for (const own of nodes.deploymentsOf(nodeId)) all.push({ nodeId, own })
  }
  all.sort((a, b) => Number(b.own.contractId - a.own.contractId))
  return {
    total: all.length,
    items: all.slice(offset, offset + limit).map(({ nodeId, own }) => itemOf(nodeId, own)),
  }
}

function itemOf(
  nodeId: number,
  { contractId, twinId, version, workloads }: DeploymentSummary,
): DeploymentItem {
  const states: Record<string, number> = {}
  for (const { state } of workloads) countIn(states, state)
  return { contractId: `${contractId}`, nodeId, twinId, version, workloads: states }
}

interface Ids {
  readonly contractId: bigint
  readonly nodeId: number
  readonly twinId: number
}

/** The story of the deployment of a node contract; null when neither chain nor trace knows of one. */
export function storyOf(world: World, contractId: bigint): DeploymentStory | null {
  const { chain, nodes, kernel } = world
  const trace = kernel.trace.last()
  const onChain = chainHops(chain, contractId)
  const contract = chain.runtime.txOf(smartContract).state.Contracts.get(contractId)
  const ids = idsOf(contract ?? onChain.created, contractId) ?? idsInTrace(trace, contractId)
  if (ids === null) return null
  const hops = [...onChain.hops, ...traceHops(world, trace, ids)]
  hops.sort((a, b) => a.at - b.at)
  const isThere = nodes.indexOf(ids.nodeId) !== null
  return {
    contractId: `${contractId}`,
    twinId: ids.twinId,
    nodeId: ids.nodeId,
    contract: contract ? contract.state.type : 'deleted',
    workloads: isThere ? nodes.workloadsOf(ids.nodeId, ids.twinId, contractId) : [],
    hops,
    isCutOff: kernel.trace.length > traceWindow || onChain.created === null,
  }
}

function idsOf(contract: Contract | null, contractId: bigint): Ids | null {
  if (contract?.contract_type.type !== 'NodeContract') return null
  return { contractId, nodeId: contract.contract_type.value.node_id, twinId: contract.twin_id }
}

function idsInTrace(trace: readonly TraceEntry[], contractId: bigint): Ids | null {
  const entry = trace.find(each => isOf(each, contractId))
  if (!entry) return null
  const { node, twin } = entry.fields as { node: number; twin: number }
  return { contractId, nodeId: node, twinId: twin }
}

function isOf({ kind, fields }: TraceEntry, contractId: bigint): boolean {
  return kind.startsWith('zos.') && (fields as { contract?: bigint }).contract === contractId
}

/** The events of the contract in the blocks that are held. */
function chainHops(
  chain: Chain,
  contractId: bigint,
): { readonly hops: Hop[]; readonly created: Contract | null } {
  const hops: Hop[] = []
  let created: Contract | null = null
  for (let block = chain.archive.floor; block <= chain.best(); block += 1) {
    for (const { event } of chain.archive.contentOf(block)?.events ?? []) {
      if (event.pallet !== 'SmartContractModule') continue
      const about = contractOf(event.fields)
      if (about?.contract_id !== contractId) continue
      if (event.name === 'ContractCreated') created = about as Contract
      // A bill comes every hour: that is another story.
      if (event.name === 'ContractBilled' || event.name === 'TokensBurned') continue
      hops.push({
        at: chain.archive.timestampOf(block),
        where: 'chain',
        what: event.name,
        detail: `block ${block}`,
        isBad: event.name === 'ContractGracePeriodStarted',
      })
    }
  }
  return { hops, created }
}

/** What of an event's fields names a contract: they are its own, or the first of them is a record. */
function contractOf(fields: unknown): { readonly contract_id?: bigint } | null {
  const about: unknown = Array.isArray(fields) ? fields[0] : fields
  return typeof about === 'object' && about !== null ? about : null
}

function traceHops({ nodes }: World, trace: readonly TraceEntry[], ids: Ids): Hop[] {
  const hops: Hop[] = []
  const nodeTwin = String(nodes.indexOf(ids.nodeId) === null ? 0 : nodes.twinOf(ids.nodeId))
  // The request that a node has just got, before it is known what it was about.
  let sent: Hop | null = null
  for (const entry of trace) {
    if (entry.kind === 'rmb.sent') {
      const { from, to, what } = entry.fields as { from: string; to: string; what: string }
      const isFor = to.split(':')[0] === nodeTwin && from.split(':')[0] === String(ids.twinId)
      if (isFor && /^zos\.deployment\.(deploy|update|delete)$/.test(what)) {
        sent = { at: entry.at, where: 'bus', what, detail: `from twin ${from}`, isBad: false }
      }
      continue
    }
    if (!isOf(entry, ids.contractId)) continue
    if (entry.kind === 'zos.deployment' && sent !== null) {
      hops.push(sent)
      sent = null
    }
    hops.push(nodeHop(entry))
  }
  return hops
}

function nodeHop({ at, kind, fields }: TraceEntry): Hop {
  const text = fields as Readonly<Record<string, unknown>>
  const where = 'node'
  if (kind === 'zos.deployment') {
    const refusal = String(text.refusal)
    const outcome = refusal === '' ? 'accepted' : 'refused'
    return { at, where, what: `${text.what} ${outcome}`, detail: refusal, isBad: refusal !== '' }
  }
  if (kind === 'zos.workload') {
    const what = `${text.name} (${text.type}): ${text.state}`
    return { at, where, what, detail: String(text.message), isBad: text.state === 'error' }
  }
  return { at, where, what: `job ${text.job}: ${text.what}`, detail: '', isBad: false }
}
