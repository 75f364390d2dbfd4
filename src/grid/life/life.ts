// A grid with a life of its own, for demos: users deploy and give up, nodes fail and come back, all drawn from the seed.

import { smartContract } from '../../chain/pallets/smart-contract/declaration.ts'
import type { RandomStream } from '../../kernel/random.ts'
import { GiB } from '../../zos/workloads/capacity.ts'
import type { World } from '../world.ts'
import type { Visitors } from './visitors.ts'

declare module '../../kernel/kernel.ts' {
  interface KernelEvents {
    'life.turn': null
  }
}

/** Between two turns pass at least and at most so many ms of virtual time. */
const shortestMs = 4_000
const longestMs = 40_000

/** Deployments that the grid comes to have; from then on as many are given up as are made. */
const perNode = 4

/** How long a failed node is away, in ms. */
const awayMs = { least: 60_000, most: 900_000 }

const names = ['web', 'api', 'db', 'mail', 'wiki', 'shop', 'blog', 'cache', 'game', 'lab']

/** Begins the life of a world; it goes on for as long as time does. */
export function startLife(world: World, visitors: Visitors): void {
  const { kernel } = world
  const random = kernel.random.stream('life')
  const arm = (): void => {
    kernel.schedule({
      kind: 'life.turn',
      payload: null,
      afterMs: random.int(shortestMs, longestMs),
      background: true,
    })
  }
  kernel.handle('life.turn', () => {
    takeTurn(world, visitors, random)
    arm()
  })
  arm()
}

function takeTurn(world: World, visitors: Visitors, random: RandomStream): void {
  if (random.chance(0.08)) {
    breakNode(world, random)
    return
  }
  const { nodes } = world
  const { ActiveNodeContracts } = world.chain.runtime.txOf(smartContract).state
  const up = upNodes(world)
  if (up.length === 0) return
  const nodeId = up[random.int(0, up.length - 1)]!
  const contracts = ActiveNodeContracts.get(nodeId)
  // Half of what is free: somebody else may be on his way to the same node.
  const mostGiB = Number((nodes.totalOf(nodeId).mru - nodes.usedOf(nodeId).mru) / GiB / 2n)
  if (contracts.length >= perNode || mostGiB < 1) {
    if (contracts.length > 0) cancel(world, contracts[random.int(0, contracts.length - 1)]!)
    return
  }
  const users = world.config.users
  const { name: user } = users[random.int(0, users.length - 1)]!
  const stem = names[random.int(0, names.length - 1)]!
  visitors.deploy({
    user,
    nodeId,
    name: `${stem}${random.int(1, 9999)}`,
    cpu: random.int(1, 4),
    memoryGiB: random.int(1, Math.min(8, mostGiB)),
    diskGiB: random.int(5, 50),
  })
}

/** The nodes that are up and take machines of the full kind. */
function upNodes({ nodes }: World): number[] {
  return nodes
    .list()
    .flatMap(({ nodeId, phase, profile }) =>
      phase === 'up' && nodeId > 0 && profile !== 'light' ? [nodeId] : [],
    )
}

function breakNode(world: World, random: RandomStream): void {
  const nodes = upNodes(world)
  // Some stay, whatever happens.
  if (nodes.length < world.nodes.list().length / 2) return
  const nodeId = nodes[random.int(0, nodes.length - 1)]!
  world.faults.add({
    kind: 'node.crash',
    nodes: [nodeId],
    forMs: random.int(awayMs.least, awayMs.most),
  })
}

function cancel({ chain, residents }: World, contractId: bigint): void {
  const contract = chain.runtime.txOf(smartContract).state.Contracts.get(contractId)
  const owner = residents.find(({ twinId }) => twinId === contract?.twin_id)
  if (!owner) return
  chain.submit(
    {
      pallet: 'SmartContractModule',
      name: 'cancel_contract',
      args: { contract_id: contractId },
    },
    { signer: owner.pair.accountId },
  )
}
