import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { networkId } from '../../../src/zos/addresses.ts'
import { imageVolume } from '../../../src/zos/hardware/pools.ts'
import {
  disk,
  GiB,
  hour,
  machine,
  minute,
  network,
  type TestDeployment,
  type TestUser,
  TestWorld,
  testProfile,
  type WorkloadInput,
} from '../support/world.ts'

/** Histories that are tried; more of them in a long run. */
const runs = Number(process.env.POCKETGRID_RUNS ?? 60)

const provisioning = { durationMs: { default: { min: 1, max: 4000 } }, failureRate: 0.05 }

/** One thing that somebody does. Numbers are taken modulo what there is. */
type Action =
  | {
      readonly kind: 'deploy'
      readonly user: number
      readonly parts: number
      readonly size: number
    }
  | {
      readonly kind: 'update'
      readonly which: number
      readonly parts: number
      readonly size: number
    }
  | { readonly kind: 'cancel' | 'grace' | 'resume' | 'drop'; readonly which: number }
  | { readonly kind: 'crash' | 'boot' | 'restart' | 'outage' | 'recovery' }
  | { readonly kind: 'pass'; readonly ms: number }

const small = fc.nat(20)
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('deploy'),
      user: small,
      parts: fc.nat(31),
      size: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('update'),
      which: small,
      parts: fc.nat(31),
      size: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('cancel', 'grace', 'resume', 'drop'),
      which: small,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('crash', 'boot', 'restart', 'outage', 'recovery'),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.nat(20_000) }) },
) as fc.Arbitrary<Action>

/** The workloads that the bits of a number ask for. */
function workloadsOf(parts: number, size: number, version: number, own: number): WorkloadInput[] {
  const net = `net${own}`
  const all = [
    disk('a', size * GiB, version),
    disk('b', GiB, version),
    network(net, { wireguard_listen_port: 3000 + own }, version),
    machine('vm', { network: { interfaces: [{ network: net, ip: '10.20.2.5' }] } }, version),
    machine(
      'big',
      {
        network: { interfaces: [{ network: net, ip: '10.20.2.6' }] },
        compute_capacity: { cpu: 2, memory: 6 * GiB },
        mounts: [{ name: 'b', mountpoint: '/data' }],
      },
      version,
    ),
  ]
  return all.filter((_, bit) => (parts >> bit) & 1)
}

/** A world, what was deployed in it, and the actions on both. */
class Model {
  readonly world = new TestWorld({ profiles: [testProfile({ provisioning })] })
  readonly deployments: { user: TestUser; sent: TestDeployment; own: number }[] = []

  run(step: Action): void {
    const { world } = this
    const { nodes, chain } = world
    switch (step.kind) {
      case 'deploy': {
        const user = step.user % 2 === 0 ? world.alice : world.bob
        const own = this.deployments.length
        if (!this.#canTalk) return
        const sent = user.deploy(1, workloadsOf(step.parts, step.size, 0, own))
        this.deployments.push({ user, sent, own })
        return
      }
      case 'update': {
        const found = this.#pick(step.which)
        if (!found || !this.#canTalk) return
        const { sent, own } = found
        const version = sent.plan.version + 1
        const next = workloadsOf(step.parts, step.size, version, own)
        const before = new Map(sent.plan.workloads.map(entry => [entry.name, entry]))
        const merged = next.map(entry =>
          entry.type === 'zmachine' ? (before.get(entry.name) ?? entry) : entry,
        )
        const answer = sent.update(merged)
        // What the node refused is not what it has: nobody goes on with such a plan.
        if (answer === 'silence' || 'error' in answer) this.#forget(found)
        return
      }
      case 'cancel':
        this.#pick(step.which)?.sent.cancel()
        return
      case 'drop': {
        // The event is lost, as on a node that could not read the block.
        const found = this.#pick(step.which)
        if (found) chain.removeContract(found.sent.contractId)
        return
      }
      case 'grace':
      case 'resume':
        this.#pick(step.which)?.sent.grace(step.kind === 'grace')
        return
      case 'crash':
        nodes.crash(1)
        return
      case 'boot':
        nodes.boot(1)
        return
      case 'restart':
        nodes.restartDaemon(1)
        return
      case 'outage':
        chain.setReachable(false)
        return
      case 'recovery':
        chain.setReachable(true)
        return
      case 'pass':
        world.pass(step.ms)
        return
    }
  }

  /** Lets everything come to rest. */
  settle(): void {
    this.world.chain.setReachable(true)
    this.world.nodes.boot(1)
    this.world.pass(3 * hour)
  }

  get #canTalk(): boolean {
    return this.world.nodes.isUp(1) && this.world.chain.isReachable()
  }

  #pick(which: number) {
    const live = this.deployments.filter(({ sent }) => this.world.chain.contract(sent.contractId))
    return live[which % Math.max(1, live.length)]
  }

  #forget(entry: { sent: TestDeployment }): void {
    this.world.chain.removeContract(entry.sent.contractId)
  }
}

/** What must hold whenever a node is at rest. */
function check({ world }: Model): void {
  const { nodes, chain } = world
  expect(nodes.isIdle(1)).toBe(true)
  const deployments = nodes.deploymentsOf(1)
  const isOkay = ({ state }: { state: string }) => state === 'ok' || state === 'paused'
  const sum = { cru: 0n, mru: 0n, sru: 0n, hru: 0n }
  const expected = { machines: [] as string[], networks: [] as string[] }
  const disks: string[] = []
  for (const { twinId, contractId, workloads } of deployments) {
    const contract = chain.contract(contractId)
    const active = workloads.filter(isOkay)
    if (active.length > 0) expect(contract, `a contract for ${contractId}`).not.toBeNull()
    const isPaused = contract?.state.type === 'GracePeriod'
    for (const { name, type, state } of active) {
      expect(state).toBe(isPaused ? 'paused' : 'ok')
      const id = `${twinId}-${contractId}-${name}`
      if (type === 'zmachine') expected.machines.push(id)
      if (type === 'network') expected.networks.push(networkId(twinId, name))
      if (type === 'zmount') disks.push(id)
    }
  }
  for (const record of nodes.engine.book.listOf(1)) {
    const used = nodes.engine.book.usageOf(record)
    sum.cru += used.cru
    sum.mru += used.mru
    sum.sru += used.sru
    sum.hru += used.hru
  }
  expect(nodes.engine.book.usedOf(1)).toMatchObject(sum)
  const resources = nodes.resourcesOf(1)
  expect(resources.machines.map(({ id }) => id)).toEqual(expected.machines.sort())
  const files = resources.pools.flatMap(({ volumes }) =>
    volumes.filter(({ name }) => name === imageVolume).flatMap(volume => volume.files),
  )
  const stored = new Set(files.map(({ name }) => name))
  for (const id of disks) expect(stored.has(id), `the image of ${id}`).toBe(true)
  const running = new Set(resources.networks.map(({ id }) => id))
  for (const id of expected.networks) expect(running.has(id), `the network ${id}`).toBe(true)
}

describe('a node under whatever its users, its farmer and fate do', () => {
  it('comes to rest in a state that agrees with the chain and with itself', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 25 }), actions => {
        const model = new Model()
        for (const step of actions) model.run(step)
        model.settle()
        check(model)
      }),
      { numRuns: runs },
    )
  })

  it('has one future from any moment on', () => {
    fc.assert(
      fc.property(
        fc.array(action, { maxLength: 12 }),
        fc.array(action, { maxLength: 12 }),
        (before, after) => {
          const model = new Model()
          for (const step of before) model.run(step)
          const { kernel } = model.world
          const known = model.deployments.length
          const plans = model.deployments.map(({ sent }) => sent.plan)
          const snapshot = kernel.snapshot()
          const future = () => {
            for (const step of after) model.run(step)
            model.world.pass(10 * minute)
            return `${kernel.trace.digest()} ${kernel.handledEvents} ${kernel.pendingEvents}`
          }
          const first = future()
          kernel.revert(snapshot)
          model.deployments.length = known
          for (const [i, plan] of plans.entries()) model.deployments[i]!.sent.plan = plan
          expect(future()).toBe(first)
        },
      ),
      { numRuns: Math.ceil(runs / 3) },
    )
  })
})
