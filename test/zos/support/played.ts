// Plays one history on a node and on the model of it, and compares the two.

import { expect } from 'vitest'
import { networkId } from '../../../src/zos/addresses.ts'
import { databaseVolume } from '../../../src/zos/hardware/devices.ts'
import { cacheVolume, imageVolume, type Pool } from '../../../src/zos/hardware/pools.ts'
import { refused } from '../../../src/zos/outcome.ts'
import { Model, type Part, type Plan } from '../engine/model.ts'
import {
  type DeploymentInput,
  GiB,
  hour,
  machine,
  network,
  type TestUser,
  TestWorld,
  testProfile,
  type WorkloadInput,
  workload,
} from './world.ts'

const MiB = 1024 ** 2
const gatewayDomain = 'ghent.grid.test'
const encryption = { algorithm: 'AES', key: '11'.repeat(32) }
const backends = [{ address: '[::1]:9900', namespace: 'n', password: 'p' }]

/** What somebody wants, as small numbers that shrink well. */
export interface Recipe {
  /** One bit for each kind of workload. */
  readonly parts: number
  /** GiB of the first disk and of what else has a size. */
  readonly size: number
  readonly port: number
  /** Addresses that the contract reserves. */
  readonly ips: number
}

/** One thing that somebody does. Numbers are taken modulo what there is. */
export type Action =
  | { readonly kind: 'deploy'; readonly user: number; readonly recipe: Recipe }
  | { readonly kind: 'update'; readonly which: number; readonly recipe: Recipe; readonly how: How }
  | { readonly kind: DeploymentAction; readonly which: number }
  | { readonly kind: 'lose' | 'reserve'; readonly name: number }
  | { readonly kind: NodeAction }
  /** Time passes, or the node starts (after a crash, if it is up) and time passes after that. */
  | { readonly kind: 'pass' | 'reboot'; readonly ms: number }

/** Well, with a version left out, as another twin, or with changes to what cannot change. */
export type How = 'well' | 'skipping' | 'as a stranger' | 'rudely'
export type DeploymentAction = 'again' | 'cancel' | 'drop' | 'grace' | 'resume'
export type NodeAction = 'crash' | 'boot' | 'restart' | 'outage' | 'recovery'

interface Sent {
  readonly user: TestUser
  readonly own: number
  plan: Plan
}

/** The parts of a recipe. Those without a fixed place in the order of types come alone. */
export function partsOf({ parts, size, port }: Recipe, own: number, version: number): Part[] {
  const has = (bit: number) => ((parts >> bit) & 1) === 1
  const net = `net${own % 3}`
  const base = { cpu: 1, memory: 2048, network: net, mount: '', address: '', isBroken: false }
  const all: (Part | false)[] = [
    has(0) && { name: 'a', version, kind: 'zmount', size: size * 1024 },
    has(1) && { name: 'net', version, kind: 'network', port: 3000 + port },
    has(2) && {
      ...base,
      name: 'vm',
      version,
      kind: 'zmachine',
      address: has(4) ? 'p' : '',
      isBroken: has(10),
    },
    has(3) && { name: 'b', version, kind: 'zmount', size: 1024 },
    has(4) && { name: 'p', version, kind: 'ip' },
    has(5) && own % 2 === 0 && { name: 'db', version, kind: 'zdb', size: size * 2048 },
    has(5) &&
      own % 2 === 1 && {
        name: 'gw',
        version,
        kind: 'gateway-name-proxy',
        domain: `name${port}`,
      },
    has(6) && { name: 'v', version, kind: 'volume', size: size * 512 },
    has(7) && {
      ...base,
      name: 'big',
      version,
      kind: 'zmachine',
      cpu: 2,
      memory: 6144,
      mount: has(3) ? 'b' : '',
    },
    has(8) && { name: 'q', version, kind: 'qsfs', size: size * 256 },
    has(9) && { name: 'p2', version, kind: 'ip' },
  ]
  return all
    .filter(part => part !== false)
    .map(part => (part.kind === 'network' ? { ...part, name: net } : part))
}

/** A part as it goes over the bus. */
function inputOf(part: Part): WorkloadInput {
  const { name, version } = part
  const of = (type: string, data: unknown) => workload(name, type, data, version)
  switch (part.kind) {
    case 'zmount':
    case 'volume':
      return of(part.kind, { size: part.size * MiB })
    case 'zdb':
      return of('zdb', { size: part.size * MiB, mode: 'seq', password: 'x', public: false })
    case 'network':
      return network(name, { wireguard_listen_port: part.port }, version)
    case 'ip':
      return of('ip', { v4: true, v6: false })
    case 'gateway-name-proxy':
      return of('gateway-name-proxy', {
        name: part.domain,
        tls_passthrough: false,
        backends: ['http://10.0.0.1:80'],
      })
    case 'zmachine':
      return machine(
        name,
        {
          flist: part.isBroken ? 'https://hub/broken.flist' : 'https://hub/base.flist',
          network: {
            public_ip: part.address,
            planetary: true,
            interfaces: [{ network: part.network, ip: '10.20.2.5' }],
          },
          compute_capacity: { cpu: part.cpu, memory: part.memory * MiB },
          mounts: part.mount === '' ? [] : [{ name: part.mount, mountpoint: '/data' }],
        },
        version,
      )
    case 'qsfs':
      return of('qsfs', {
        cache: part.size * MiB,
        config: {
          minimal_shards: 1,
          expected_shards: 2,
          redundant_groups: 0,
          redundant_nodes: 0,
          max_zdb_data_dir_size: 32,
          encryption,
          meta: { type: 'zdb', config: { prefix: 'x', encryption, backends } },
          groups: [{ backends }],
          compression: { algorithm: 'snappy' },
        },
      })
  }
}

/** A world of one node, which is taken back to its start for each history. */
export function playedWorld(): { readonly world: TestWorld; play(): Played } {
  const world = new TestWorld({
    profiles: [testProfile()],
    nodes: {
      openFlist: url =>
        url.endsWith('broken.flist') ? refused('404 Not Found') : { ok: true, value: 'container' },
    },
  })
  const { chain, nodes, kernel } = world
  chain.setPublicConfig(1, {
    ip4: { ip: '185.206.122.31/24', gw: '185.206.122.1' },
    ip6: null,
    domain: gatewayDomain,
  })
  nodes.onPublicConfig(1)
  world.pass(1000)
  const start = kernel.snapshot()
  return {
    world,
    play() {
      kernel.revert(start)
      return new Played(world)
    },
  }
}

/** One history, on a node and on its model. */
export class Played {
  readonly world: TestWorld
  readonly model: Model
  readonly #sent: Sent[] = []

  constructor(world: TestWorld) {
    this.world = world
    this.model = new Model(world.kernel.now())
    for (const [at, user] of [world.alice, world.alice, world.alice, world.bob].entries()) {
      this.#reserve(`name${at}`, user)
    }
  }

  /** Does one thing to both. */
  act(action: Action): void {
    this.#do(action)
    this.#flush()
    this.compare()
  }

  #do(action: Action): void {
    const { model, world } = this
    const { nodes } = world
    switch (action.kind) {
      case 'deploy':
        if (nodes.isUp(1))
          this.#deploy(action.user % 3 === 0 ? world.bob : world.alice, action.recipe)
        return
      case 'update': {
        const found = this.#pick(action.which)
        if (found && nodes.isUp(1)) this.#update(found, action.recipe, action.how)
        return
      }
      case 'lose':
      case 'reserve': {
        const name = `name${action.name}`
        if (action.kind === 'reserve') this.#reserve(name, world.alice)
        else {
          world.chain.removeContract(BigInt(1_000_000 + action.name))
          model.names.delete(name)
        }
        return
      }
      case 'crash':
        nodes.crash(1)
        model.crash()
        return
      case 'boot':
        this.#boot()
        return
      case 'restart':
        nodes.restartDaemon(1)
        model.restartDaemon()
        return
      case 'outage':
      case 'recovery':
        model.isReachable = action.kind === 'recovery'
        world.chain.setReachable(model.isReachable)
        return
      case 'reboot':
        if (nodes.isUp(1)) this.#do({ kind: 'crash' })
        this.#boot()
        while (nodes.phaseOf(1) === 'starting' && world.kernel.step());
        this.#pass(action.ms)
        return
      case 'pass':
        this.#pass(action.ms)
        return
      default: {
        const found = this.#pick(action.which)
        if (found) this.#tell(found, action.kind)
      }
    }
  }

  /** What is due at this instant happens before anybody does the next thing. */
  #flush(): void {
    this.#pass(0)
  }

  #pass(ms: number): void {
    this.world.pass(ms)
    this.model.advance(this.world.kernel.now())
  }

  /** Starts both; how long that takes is the node's own chance. */
  #boot(): void {
    const { nodes, kernel } = this.world
    if (this.model.phase !== 'down') return
    nodes.boot(1)
    const starts = kernel.pending().filter(({ kind }) => kind === 'zos.booted')
    this.model.boot(starts.reduce((a, b) => (a.seq > b.seq ? a : b)).at)
  }

  #reserve(name: string, user: TestUser): void {
    this.world.chain.putContract({
      id: BigInt(1_000_000 + Number(name.slice('name'.length))),
      twinId: user.twinId,
      state: { type: 'Created' },
      type: { type: 'name', name },
    })
    this.model.names.set(name, user.twinId)
  }

  #pick(which: number): Sent | undefined {
    const live = this.#sent.filter(({ plan }) => this.model.contracts.has(plan.contract))
    return live[which % Math.max(1, live.length)]
  }

  #deploy(user: TestUser, recipe: Recipe): void {
    const { chain } = this.world
    const own = this.#sent.length
    const parts = partsOf(recipe, own, 0)
    const publicIps = Array.from({ length: recipe.ips }, (_, i) => ({
      ip: `185.206.${own % 250}.${10 + i}/24`,
      gateway: `185.206.${own % 250}.1`,
    }))
    const { twinId } = user
    const hash = user.hashOf(user.plan(parts.map(inputOf)))
    const contract = Number(chain.addContract({ twinId, nodeId: 1, hash, publicIps }))
    const plan: Plan = { twin: twinId, contract, version: 0, parts }
    const ips = publicIps.map(({ ip }) => ip)
    this.model.contracts.set(contract, { plan, ips, isInGrace: false })
    this.#sent.push({ user, own, plan })
    this.#send('deploy', user, plan)
  }

  #update(sent: Sent, recipe: Recipe, how: How): void {
    const { user, own, plan } = sent
    const version = plan.version + (how === 'skipping' ? 2 : 1)
    const before = new Map(plan.parts.map(part => [part.name, part]))
    const parts = partsOf(recipe, own, version).map((part): Part => {
      const old = before.get(part.name)
      if (!old) return part
      const isSame = JSON.stringify({ ...old, version }) === JSON.stringify(part)
      if (how === 'rudely' && recipe.size % 2 === 0) return part
      const canChange = ['zmount', 'volume', 'zdb', 'qsfs', 'network'].includes(part.kind)
      return isSame || !canChange ? old : part
    })
    const next: Plan = { ...plan, version, parts }
    const { chain } = this.world
    const contract = this.model.contracts.get(plan.contract)!
    chain.setHash(BigInt(plan.contract), user.hashOf(this.#inputOf(user, next)))
    this.model.contracts.set(plan.contract, { ...contract, plan: next })
    const stranger = user === this.world.alice ? this.world.bob : this.world.alice
    const isTaken = this.#send('update', how === 'as a stranger' ? stranger : user, next, user)
    if (isTaken) sent.plan = next
  }

  #inputOf(user: TestUser, { contract, version, parts }: Plan): DeploymentInput {
    return user.plan(parts.map(inputOf), { version, contract_id: contract })
  }

  /** Sends to both, which must answer the same; true when they accept. */
  #send(what: 'deploy' | 'update', sender: TestUser, plan: Plan, signer = sender): boolean {
    const payload = JSON.stringify(signer.sign(this.#inputOf(signer, plan)))
    const { engine } = this.world.nodes
    const outcome = engine.accept(1, what, { payload, sender: sender.twinId })
    const expected = this.model[what](plan, sender.twinId)
    expect(outcome.ok ? null : outcome.error, `the answer to ${what}`).toBe(expected)
    return outcome.ok
  }

  #tell({ user, plan }: Sent, what: DeploymentAction): void {
    const { nodes, chain } = this.world
    const { twin, contract } = plan
    const id = BigInt(contract)
    const known = this.model.contracts.get(contract)!
    switch (what) {
      case 'again':
        if (nodes.isUp(1)) this.#send('deploy', user, plan)
        return
      case 'cancel':
      case 'drop':
        chain.removeContract(id)
        this.model.contracts.delete(contract)
        // A dropped contract is one whose event was lost, as on a node that could not read the block.
        if (what === 'drop') return
        nodes.onContractCanceled(1, twin, id)
        this.model.canceled(contract)
        return
      case 'grace':
      case 'resume': {
        const isInGrace = what === 'grace'
        const state = isInGrace
          ? ({ type: 'GracePeriod', value: 1n } as const)
          : ({ type: 'Created' } as const)
        chain.setContractState(id, state)
        this.model.contracts.set(contract, { ...known, isInGrace })
        if (isInGrace) nodes.onGracePeriodStarted(1, twin, id)
        else nodes.onGracePeriodEnded(1, twin, id)
        this.model.grace(contract, isInGrace)
      }
    }
  }

  /** Lets everything come to rest, and looks at all there is. */
  settle(): void {
    this.act({ kind: 'recovery' })
    this.act({ kind: 'boot' })
    this.act({ kind: 'pass', ms: 3 * hour })
    expect(this.world.nodes.isIdle(1)).toBe(true)
    this.compareAll()
  }

  /** Deployments, states and capacity agree. */
  compare(): void {
    const { nodes } = this.world
    const { model } = this
    expect(nodes.isIdle(1)).toBe(model.isIdle)
    const found = nodes.deploymentsOf(1).map(({ twinId, contractId, version, workloads }) => ({
      twin: twinId,
      contract: Number(contractId),
      version,
      states: workloads.map(({ name, type, state }) => `${name} ${type} ${state}`),
    }))
    const expected = model.deployments().map(({ twin, contract, version, active }) => ({
      twin,
      contract,
      version,
      states: active.map(({ part, state }) => `${part.name} ${part.kind} ${state}`),
    }))
    if (JSON.stringify(found) !== JSON.stringify(expected)) expect(found).toEqual(expected)
    const { cru, mru, sru, hru, ipv4u } = nodes.engine.book.usedOf(1)
    const used = model.used()
    expect(
      [cru, mru / BigInt(MiB), sru / BigInt(MiB), hru / BigInt(MiB), ipv4u].map(Number),
    ).toEqual([used.cru, used.mru, used.sru, used.hru, used.ipv4u])
  }

  /** What a node holds and what it tells agree with the model, to the last transaction. */
  compareAll(): void {
    this.#compareResources()
    this.#compareAnswers()
  }

  #compareResources(): void {
    const { model } = this
    const held = this.world.nodes.resourcesOf(1)
    const mib = (size: bigint) => Number(size / BigInt(MiB))
    const filesOf = (name: string) => entriesOf(held.pools, name, mib)
    expect(filesOf(imageVolume)).toEqual(sorted(model.disks))
    expect(filesOf(databaseVolume)).toEqual(sorted(model.databases))
    const quotas = held.pools
      .flatMap(({ volumes }) => volumes)
      .filter(({ name, quota }) => quota > 0n && name !== cacheVolume)
      .map(({ name, quota }): [string, number] => [
        name.replace(/^rootfs:/, 'root of '),
        mib(quota),
      ])
    expect(sorted(quotas)).toEqual(sorted(model.volumes))
    expect(held.machines.map(({ id }) => id)).toEqual([...model.machines].sort())
    const ports = [...model.networks].map(([key, port]): [string, number] => {
      const [twin, name] = key.split('/')
      return [networkId(Number(twin), name!), port]
    })
    expect(held.networks.map(({ id, wireguardPort }) => [id, wireguardPort])).toEqual(sorted(ports))
    expect(held.publicIps).toEqual([...model.addresses].sort())
    expect(held.fileSystems).toEqual([...model.fileSystems].sort())
    expect(held.lockedNamespaces).toEqual([...model.locked].sort())
    const routes = held.gateways.map(({ id, domain }) => [id, domain])
    const domains = sorted([...model.routes].map(([id, name]) => [id, `${name}.${gatewayDomain}`]))
    expect(routes).toEqual(domains)
  }

  #compareAnswers(): void {
    const { model, world } = this
    const { alice, bob } = world
    for (const { twin, contract, history, active } of model.deployments()) {
      const user = twin === alice.twinId ? alice : bob
      const changes = user.get(1, 'zos.deployment.changes', { contract_id: contract }) ?? []
      const found = changes.map(
        (entry: { name: string; version: number; result: { state: string } }) => ({
          name: entry.name,
          version: entry.version,
          state: entry.result.state,
        }),
      )
      expect(found, `the history of ${contract}`).toEqual(history)
      const { workloads } = user.get(1, 'zos.deployment.get', { contract_id: contract })
      for (const [at, { part, state, ip }] of active.entries()) {
        if (part.kind === 'ip' && state !== 'error') expect(workloads[at].result.data.ip).toBe(ip)
      }
    }
    const ok = model.deployments().flatMap(({ active }) => active)
    const ips = ok.filter(({ part, state }) => part.kind === 'ip' && state === 'ok')
    expect(alice.get(1, 'zos.network.list_public_ips')).toEqual(ips.map(({ ip }) => ip))
    const ports = alice.get(1, 'zos.network.list_wg_ports') as number[]
    const own = ports.filter(port => port >= 3000 && port < 3100)
    expect(own.sort()).toEqual([...model.networks.values()].sort())
    const { used, system } = alice.get(1, 'zos.statistics.get')
    const total = model.used()
    expect(used).toEqual({
      cru: total.cru,
      mru: total.mru * MiB + 2 * GiB,
      sru: total.sru * MiB + 5 * GiB,
      hru: total.hru * MiB,
      ipv4u: total.ipv4u,
    })
    expect(system.sru).toBe(5 * GiB)
  }
}

function sorted<T>(entries: Iterable<readonly [string, T]>): (readonly [string, T])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
}

function entriesOf(pools: readonly Pool[], volume: string, mib: (size: bigint) => number) {
  const files = pools
    .flatMap(({ volumes }) => volumes)
    .filter(({ name }) => name === volume)
    .flatMap(({ files: all }) => all)
  return sorted(files.map(({ name, size }): [string, number] => [name, mib(size)]))
}
