// A simple model of one node's engine: the rules of the grid, written down a second time and in another way than in the source.

/** Sizes are MiB, times ms. */
const GiB = 1024

/** The node of the model: one SSD, one hard disk, and what its system keeps of both and of the memory. */
export const modelNode = {
  memory: 16 * GiB,
  ssd: 100 * GiB,
  hdd: 200 * GiB,
  reservedMemory: 2 * GiB,
  cache: 5 * GiB,
  installMs: 1000,
} as const

const quickMs = 10
const hour = 60 * 60_000
const leavingMs = 20 * 60_000
const chainDown = 'failed to get a connection to substrate: all endpoints are down'

/** What a workload asks for. */
export type Wish =
  | { readonly kind: 'zmount' | 'volume' | 'zdb' | 'qsfs'; readonly size: number }
  | { readonly kind: 'network'; readonly port: number }
  | { readonly kind: 'ip' }
  | {
      readonly kind: 'zmachine'
      readonly cpu: number
      readonly memory: number
      readonly network: string
      readonly mount: string
      readonly address: string
      readonly isBroken: boolean
    }
  | { readonly kind: 'gateway-name-proxy'; readonly domain: string }

/** A workload as it is sent. */
export type Part = Wish & { readonly name: string; readonly version: number }

/** A deployment as it is sent. */
export interface Plan {
  readonly twin: number
  readonly contract: number
  readonly version: number
  readonly parts: readonly Part[]
}

/** A node contract: the plan whose hash it carries, and what it reserves. */
export interface ModelContract {
  readonly plan: Plan | null
  readonly ips: readonly string[]
  readonly isInGrace: boolean
}

/** A workload as the node has it. */
export interface Active {
  readonly part: Part
  readonly state: 'init' | 'ok' | 'error' | 'paused'
  /** The public address that it was given. */
  readonly ip: string
}

/** A deployment as the node has it. */
export interface Kept {
  readonly twin: number
  readonly contract: number
  version: number
  readonly active: Active[]
  /** Every transaction, oldest first. */
  readonly history: { readonly name: string; readonly version: number; readonly state: string }[]
}

type Job =
  | { readonly kind: 'install' | 'update'; readonly contract: number; readonly plan: Plan }
  | { readonly kind: 'boot' | 'pause' | 'resume' | 'deprovision'; readonly contract: number }

type StepKind = 'install' | 'update' | 'remove' | 'pause' | 'resume'
interface Step {
  readonly kind: StepKind
  readonly part: Part
}

interface Timer {
  readonly at: number
  readonly seq: number
  readonly run: () => void
}

/** What a step came to: `none` writes nothing, `same` keeps the state that was. */
type Ending = 'ok' | 'error' | 'unchanged' | 'same' | 'none'

const order = ['zmount', 'volume', 'qsfs', 'network', 'ip', 'zmachine']
const place = ({ kind }: Part) => (order.includes(kind) ? order.indexOf(kind) : order.length)
const isOkay = ({ state }: Active) => state === 'ok' || state === 'paused'
const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0)
const invalid = (cause: string) => `${cause}: upgrade validation error`
const updatable = ['zmount', 'volume', 'zdb', 'qsfs', 'network']

/** Root volume of a machine. */
const rootOf = ({ cpu, memory }: { cpu: number; memory: number }) =>
  cpu * memory < 8 * GiB ? 500 : 2 * GiB

/** What a workload takes of the node while it is ok or paused. */
export function capacityOf(part: Part): {
  cru: number
  mru: number
  sru: number
  hru: number
  ipv4u: number
} {
  const nothing = { cru: 0, mru: 0, sru: 0, hru: 0, ipv4u: 0 }
  switch (part.kind) {
    case 'zmount':
    case 'volume':
      return { ...nothing, sru: part.size }
    case 'zdb':
      return { ...nothing, hru: part.size }
    case 'qsfs':
      return { ...nothing, cru: 1, mru: GiB, sru: part.size }
    case 'ip':
      return { ...nothing, ipv4u: 1 }
    case 'zmachine':
      return { ...nothing, cru: part.cpu, mru: part.memory, sru: rootOf(part) }
    default:
      return nothing
  }
}

/** A node, its chain as far as it looks at it, and the jobs between them. */
export class Model {
  now: number
  isReachable = true
  phase: 'up' | 'starting' | 'down' = 'up'
  readonly contracts = new Map<number, ModelContract>()
  /** Who reserved which gateway name. */
  readonly names = new Map<string, number>()
  readonly kept = new Map<number, Kept>()

  // What lies on the disks, and what runs.
  readonly disks = new Map<string, number>()
  readonly volumes = new Map<string, number>()
  readonly databases = new Map<string, number>()
  /** WireGuard ports by `<twin>/<name>`. */
  readonly networks = new Map<string, number>()
  readonly machines = new Set<string>()
  readonly addresses = new Set<string>()
  readonly routes = new Map<string, string>()
  readonly fileSystems = new Set<string>()
  readonly locked = new Set<string>()
  #leaving: string[] = []

  readonly #shared = new Map<string, number>()
  readonly #keyRead = new Map<number, number>()
  #queue: Job[] = []
  /** What the contract of the present job reserves. */
  #reserved: readonly string[] = []
  #timers: Timer[] = []
  #seq = 0
  #worker: Timer | null = null
  #reconciliation: Timer | null = null
  #gateways: Timer | null = null
  #starts = 0
  #failures = 0
  #missed: (() => void)[] | null = null

  constructor(now: number) {
    this.now = now
  }

  // Time.

  advance(to: number): void {
    for (;;) {
      this.#timers.sort((a, b) => a.at - b.at || a.seq - b.seq)
      const next = this.#timers[0]
      if (!next || next.at > to) break
      this.#timers.shift()
      this.now = next.at
      next.run()
    }
    this.now = to
  }

  #after(ms: number, run: () => void): Timer {
    return this.#at(this.now + ms, run)
  }

  #at(at: number, run: () => void): Timer {
    this.#seq += 1
    const timer = { at, seq: this.#seq, run }
    this.#timers.push(timer)
    return timer
  }

  #cancel(timer: Timer | null): void {
    this.#timers = this.#timers.filter(other => other !== timer)
  }

  // What users send: null when it is accepted, else the refusal.

  deploy(plan: Plan, sender: number): string | null {
    const refusal = this.#senderRefusal(plan, sender)
    if (refusal !== null) return refusal
    if (plan.version !== 0) {
      return 'expected version to be 0 on deployment creation: invalid version'
    }
    if (this.kept.has(plan.contract)) return 'exists'
    const taken = plan.parts.find(part => this.#isTaken(plan, part))
    if (taken) return `global workload with the same name '${taken.name}' exists: conflict`
    const { twin, contract, version } = plan
    const kept: Kept = { twin, contract, version, active: [], history: [] }
    this.kept.set(contract, kept)
    for (const part of plan.parts) this.#addWaiting(kept, part)
    this.#enqueue({ kind: 'install', contract, plan })
    return null
  }

  update(plan: Plan, sender: number): string | null {
    const refusal = this.#senderRefusal(plan, sender)
    if (refusal !== null) return refusal
    const kept = this.kept.get(plan.contract)
    if (!kept) {
      const hasOthers = [...this.kept.values()].some(({ twin }) => twin === plan.twin)
      return `${hasOthers ? 'deployment' : 'twin'} not found: deployment does not exist`
    }
    if (plan.version !== kept.version + 1) {
      return invalid(`expecting deployment version ${kept.version + 1}, got ${plan.version}`)
    }
    const currentOf = (name: string) => kept.active.find(({ part }) => part.name === name)?.part
    for (const part of plan.parts) {
      const current = currentOf(part.name)
      if (!current && part.version !== plan.version) {
        return invalid(
          `invalid version number for workload '${part.name}' expected '${plan.version}'`,
        )
      }
      if (current && current.kind !== part.kind) {
        return invalid(`cannot change workload type '${part.name}'`)
      }
    }
    for (const part of plan.parts) {
      if (!currentOf(part.name) || part.version !== plan.version) continue
      if (!updatable.includes(part.kind)) {
        return invalid(`workload '${part.kind}' does not support upgrade`)
      }
    }
    // What goes, comes and changes is settled when the update is accepted.
    const present = new Set(kept.active.map(({ part }) => part.name))
    const wanted = new Set(plan.parts.map(({ name }) => name))
    const gone = kept.active.map(({ part }) => part).filter(({ name }) => !wanted.has(name))
    this.#updates.set(plan, [
      ...this.#sorted(gone, -1).map((part): Step => ({ kind: 'remove', part })),
      ...this.#sorted(
        plan.parts.filter(({ name, version }) => !present.has(name) || version === plan.version),
        1,
      ).map((part): Step => ({ kind: present.has(part.name) ? 'update' : 'install', part })),
    ])
    kept.version = plan.version
    this.#enqueue({ kind: 'update', contract: plan.contract, plan })
    return null
  }

  readonly #updates = new Map<Plan, Step[]>()

  #senderRefusal({ twin, parts, version }: Plan, sender: number): string | null {
    for (const part of parts) {
      if (part.version > version) {
        return `workload '${part.name}' version '${part.version}' cannot be higher than deployment version '${version}'`
      }
      if (part.kind !== 'zmachine' || part.address === '') continue
      if (!parts.some(({ name }) => name === part.address)) return 'public ip is not found'
    }
    if (twin !== sender) return `twin id mismatch (deployment: ${twin}, message: ${sender})`
    const readAt = this.#keyRead.get(twin)
    if (readAt !== undefined && this.now - readAt < hour) return null
    if (!this.isReachable) return `failed to get public key for twin '${twin}': ${chainDown}`
    this.#keyRead.set(twin, this.now)
    return null
  }

  #isTaken({ twin, contract }: { twin: number; contract: number }, part: Part): boolean {
    if (part.kind !== 'network') return false
    const holder = this.#shared.get(`${twin}/${part.name}`)
    return holder !== undefined && holder !== contract
  }

  #addWaiting(kept: Kept, part: Part): Active {
    const active: Active = { part, state: 'init', ip: '' }
    kept.active.push(active)
    this.#log(kept, part, 'init')
    if (part.kind === 'network') this.#shared.set(`${kept.twin}/${part.name}`, kept.contract)
    return active
  }

  // What the chain tells the node.

  canceled(contract: number): void {
    this.#hear(() => this.#deprovision(contract))
  }

  grace(contract: number, hasStarted: boolean): void {
    this.#hear(() => this.#setPaused(contract, hasStarted))
  }

  #hear(handle: () => void): void {
    if (this.phase !== 'up') return
    if (this.#missed === null && this.isReachable) {
      handle()
      return
    }
    if (this.#missed === null) {
      this.#missed = []
      this.#awaitChain(this.#starts)
    }
    this.#missed.push(handle)
  }

  #awaitChain(starts: number): void {
    this.#after(10_000, () => {
      const missed = this.#missed
      if (missed === null || starts !== this.#starts) return
      if (!this.isReachable) {
        this.#awaitChain(starts)
        return
      }
      this.#missed = null
      for (const handle of missed) handle()
    })
  }

  #deprovision(contract: number): void {
    if (this.kept.has(contract)) this.#enqueue({ kind: 'deprovision', contract })
  }

  #setPaused(contract: number, isPaused: boolean): void {
    if (this.kept.has(contract)) this.#enqueue({ kind: isPaused ? 'pause' : 'resume', contract })
  }

  // Power.

  crash(): void {
    if (this.phase === 'down') return
    this.phase = 'down'
    this.#starts += 1
    this.#stopWorker()
    this.#cancel(this.#gateways)
    this.#cancel(this.#reconciliation)
    this.#gateways = null
    this.#reconciliation = null
    this.#missed = null
  }

  /** The node gets power; only chance knows when it is up. */
  boot(upAt: number): void {
    if (this.phase !== 'down') return
    this.phase = 'starting'
    this.#starts += 1
    const starts = this.#starts
    this.#at(upAt, () => {
      if (starts === this.#starts) this.#up()
    })
  }

  #up(): void {
    this.phase = 'up'
    this.#queue = []
    this.networks.clear()
    this.machines.clear()
    this.addresses.clear()
    this.routes.clear()
    this.fileSystems.clear()
    this.locked.clear()
    this.#leaving = []
    this.#keyRead.clear()
    this.#purge()
    for (const { contract } of this.#inOrder()) this.#enqueue({ kind: 'boot', contract })
    this.#register(this.#starts)
  }

  #register(starts: number): void {
    if (starts !== this.#starts) return
    if (this.isReachable) {
      this.#failures = 0
      this.#reconcile()
      return
    }
    const wait = Math.min(120_000, 1000 * 2 ** this.#failures)
    this.#failures += 1
    this.#after(wait, () => this.#register(starts))
  }

  restartDaemon(): void {
    if (this.phase !== 'up') return
    this.#stopWorker()
    this.#keyRead.clear()
    this.#purge()
    if (this.#queue.length > 0) this.#work(0, () => this.#begin())
  }

  #stopWorker(): void {
    this.#cancel(this.#worker)
    this.#worker = null
  }

  #inOrder(): Kept[] {
    return [...this.kept.values()].sort((a, b) => a.twin - b.twin || a.contract - b.contract)
  }

  #purge(): void {
    for (const kept of this.#inOrder()) if (!kept.active.some(isOkay)) this.#erase(kept)
  }

  #erase(kept: Kept): void {
    for (const { part } of kept.active) this.#unshare(kept, part)
    this.kept.delete(kept.contract)
  }

  #unshare({ twin, contract }: Kept, { kind, name }: Part): void {
    const key = `${twin}/${name}`
    if (kind === 'network' && this.#shared.get(key) === contract) this.#shared.delete(key)
  }

  // Comparison with the chain.

  #armReconciliation(): void {
    if (this.#reconciliation !== null || this.kept.size === 0) return
    this.#reconciliation = this.#after(hour, () => {
      this.#reconciliation = null
      this.#reconcile()
    })
  }

  #reconcile(): void {
    if (this.isReachable) {
      for (const { contract, active } of this.#inOrder()) {
        const listed = this.contracts.get(contract)
        const hasOkay = active.some(isOkay)
        if (!listed) {
          if (hasOkay) this.#deprovision(contract)
          continue
        }
        const isPaused = active.some(({ state }) => state === 'paused')
        if (hasOkay && isPaused !== listed.isInGrace) this.#setPaused(contract, listed.isInGrace)
      }
    }
    this.#armReconciliation()
  }

  #armGateways(): void {
    if (this.#gateways !== null || this.routes.size === 0) return
    this.#gateways = this.#after(hour, () => {
      this.#gateways = null
      for (const [id, domain] of [...this.routes].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const [twin, contract, name] = id.split('-')
        const kept = this.kept.get(Number(contract))
        const isLost = this.isReachable && this.names.get(domain) !== Number(twin)
        if (isLost && kept) this.#remove(kept, name!)
      }
      this.#armGateways()
    })
  }

  // The worker.

  #enqueue(job: Job): void {
    this.#queue.push(job)
    if (this.#worker === null) this.#work(0, () => this.#begin())
  }

  #work(ms: number, run: () => void): void {
    this.#worker = this.#after(ms, run)
  }

  #begin(): void {
    const job = this.#queue[0]!
    const kept = this.kept.get(job.contract)
    if (!kept) {
      this.#end(job)
      return
    }
    if (this.#refuses(job)) {
      for (const [at, active] of kept.active.entries()) {
        kept.active[at] = { ...active, state: 'error', ip: '' }
        this.#log(kept, active.part, 'error')
        this.machines.delete(this.#idOf(kept, active.part.name))
      }
      this.#end(job)
      return
    }
    // A job goes by the contract as it was when it began.
    this.#reserved = this.contracts.get(job.contract)?.ips ?? []
    this.#next(job, this.#stepsOf(job, kept), 0)
  }

  /** Whether the contract of a deployment keeps its job from being done. */
  #refuses(job: Job): boolean {
    if (job.kind !== 'install' && job.kind !== 'update' && job.kind !== 'boot') return false
    const contract = this.contracts.get(job.contract)
    if (!this.isReachable || !contract) return true
    return 'plan' in job && contract.plan !== job.plan
  }

  #stepsOf(job: Job, { active }: Kept): Step[] {
    const parts = active.map(({ part }) => part)
    switch (job.kind) {
      case 'install':
      case 'boot':
        return this.#largestFirst(this.#sorted(parts, 1)).map(part => ({ kind: 'install', part }))
      case 'update':
        return this.#updates.get(job.plan)!
      case 'pause':
        return this.#sorted(parts, -1).map(part => ({ kind: 'pause', part }))
      case 'resume':
        return this.#sorted(parts, 1).map(part => ({ kind: 'resume', part }))
      case 'deprovision':
        return this.#sorted(parts, -1).map(part => ({ kind: 'remove', part }))
    }
  }

  #sorted(parts: readonly Part[], direction: 1 | -1): Part[] {
    return [...parts].sort((a, b) => direction * (place(a) - place(b)))
  }

  #largestFirst(parts: Part[]): Part[] {
    const sizeOf = (part: Part) =>
      part.kind === 'zmount' || part.kind === 'volume' ? part.size : 0
    return parts.sort((a, b) => place(a) - place(b) || sizeOf(b) - sizeOf(a))
  }

  #next(job: Job, steps: readonly Step[], at: number): void {
    const step = steps[at]
    if (!step) {
      this.#end(job)
      return
    }
    const isLong = step.kind === 'install' || step.kind === 'update'
    this.#work(isLong ? modelNode.installMs : quickMs, () => {
      const kept = this.kept.get(job.contract)
      if (kept) this.#execute(job, kept, step)
      this.#next(job, steps, at + 1)
    })
  }

  #end(job: Job): void {
    this.#worker = null
    this.#queue.shift()
    const kept = this.kept.get(job.contract)
    if (job.kind === 'deprovision' && kept) this.#erase(kept)
    if (this.#queue.length > 0) this.#work(0, () => this.#begin())
    this.#armReconciliation()
  }

  get isIdle(): boolean {
    return this.#queue.length === 0
  }

  /** The deployments in order of twin and contract. */
  deployments(): readonly Kept[] {
    return this.#inOrder()
  }

  // One workload.

  #idOf({ twin, contract }: Kept, name: string): string {
    return `${twin}-${contract}-${name}`
  }

  #log({ history }: Kept, { name, version }: Part, state: string): void {
    history.push({ name, version, state })
  }

  #isOver({ history }: Kept, { name, version }: Part): boolean {
    const last = history.findLast(entry => entry.name === name)
    return last !== undefined && last.state !== 'init' && last.version === version
  }

  #execute(job: Job, kept: Kept, { kind, part }: Step): void {
    switch (kind) {
      case 'install':
        this.#install(job, kept, part)
        this.#armGateways()
        break
      case 'update':
        this.#change(kept, part)
        break
      case 'remove':
        this.#remove(kept, part.name)
        break
      case 'pause':
      case 'resume':
        this.#pause(kept, part.name, kind === 'pause')
        break
    }
  }

  #install(job: Job, kept: Kept, part: Part): void {
    let active = kept.active.find(({ part: { name } }) => name === part.name)
    if (active?.state === 'error') return
    if (job.kind !== 'boot' && this.#isOver(kept, part)) return
    if (!active) {
      if (this.#isTaken(kept, part)) return
      active = this.#addWaiting(kept, part)
    }
    const ip = active.part.kind === 'ip' ? this.#ipFor(kept, active) : ''
    const ending = this.#hasMemory(active) ? this.#provision(kept, active, ip) : 'error'
    if (ending !== 'none') this.#write(kept, active.part, ending, ending === 'ok' ? ip : '')
  }

  #hasMemory(active: Active): boolean {
    const { mru } = capacityOf(active.part)
    const used = this.used().mru - (isOkay(active) ? mru : 0)
    return mru === 0 || mru <= modelNode.memory - used - modelNode.reservedMemory
  }

  /** Whether an SSD has room. */
  #fits(size: number): boolean {
    const taken = sum(this.disks.values()) + sum(this.volumes.values())
    return modelNode.cache + taken + size <= modelNode.ssd
  }

  #takeVolume(id: string, size: number): boolean {
    if (!this.volumes.has(id) && !this.#fits(size)) return false
    if (!this.volumes.has(id)) this.volumes.set(id, size)
    return true
  }

  /** The address that a workload gets, empty when it gets none. */
  #ipFor(kept: Kept, active: Active): string {
    if (active.state === 'ok') return active.ip
    const all = kept.active.filter(({ part }) => part.kind === 'ip')
    const reserved = this.#reserved
    if (all.length > reserved.length) return ''
    const used = all.filter(other => other !== active && other.state === 'ok').map(({ ip }) => ip)
    return reserved.find(ip => !used.includes(ip)) ?? ''
  }

  #provision(kept: Kept, { part }: Active, ip: string): Ending {
    const id = this.#idOf(kept, part.name)
    switch (part.kind) {
      case 'zmount':
        if (!this.disks.has(id) && !this.#fits(part.size)) return 'error'
        if (!this.disks.has(id)) this.disks.set(id, part.size)
        return 'ok'
      case 'volume':
        if (this.volumes.has(id)) return 'none'
        return this.#takeVolume(id, part.size) ? 'ok' : 'error'
      case 'qsfs':
        if (!this.#leaving.includes(id) && this.#takeVolume(id, part.size)) {
          this.fileSystems.add(id)
          return 'ok'
        }
        this.#unmount(id)
        return 'error'
      case 'network':
        return this.#listen(kept, part)
      case 'ip':
        if (this.addresses.has(id)) return 'none'
        if (ip === '') return 'error'
        this.addresses.add(id)
        return 'ok'
      case 'zmachine':
        return this.#start(kept, part, id)
      case 'zdb':
        if (this.databases.has(id)) return 'ok'
        if (sum(this.databases.values()) + part.size > modelNode.hdd) return 'error'
        this.databases.set(id, part.size)
        return 'ok'
      case 'gateway-name-proxy':
        if (!this.isReachable || this.names.get(part.domain) !== kept.twin) return 'error'
        if ([...this.routes.values()].includes(part.domain)) return 'error'
        this.routes.set(id, part.domain)
        return 'ok'
    }
  }

  #listen({ twin }: Kept, { name, port }: Part & { kind: 'network' }): Ending {
    const key = `${twin}/${name}`
    const others = [...this.networks].filter(([other]) => other !== key)
    if (others.some(([, taken]) => taken === port)) return 'error'
    this.networks.set(key, port)
    return 'ok'
  }

  #start(kept: Kept, part: Part & { kind: 'zmachine' }, id: string): Ending {
    if (this.machines.has(id)) return 'none'
    const find = (name: string) => kept.active.find(other => other.part.name === name)
    if (!this.networks.has(`${kept.twin}/${part.network}`)) return 'error'
    if (part.address !== '' && find(part.address)?.state !== 'ok') return 'error'
    if (part.isBroken) return 'error'
    if (!this.#takeVolume(`root of ${id}`, rootOf(part))) return 'error'
    if (part.mount !== '') {
      if (find(part.mount)?.state !== 'ok') return 'error'
      if (!this.disks.has(this.#idOf(kept, part.mount))) return 'error'
    }
    this.machines.add(id)
    return 'ok'
  }

  #change(kept: Kept, part: Part): void {
    const active = kept.active.find(({ part: { name } }) => name === part.name)
    if (!active || this.#isOver(kept, part)) return
    const ending = this.#reconfigure(kept, active, part)
    this.#write(kept, part, ending, active.ip)
  }

  #reconfigure(kept: Kept, { part: old }: Active, part: Part): Ending {
    const id = this.#idOf(kept, part.name)
    if (part.kind === 'network') return this.#listen(kept, part)
    if (!('size' in part) || !('size' in old)) return 'error'
    switch (part.kind) {
      case 'zmount':
        return this.#grow(kept, id, { name: part.name, from: old.size, to: part.size })
      case 'volume':
      case 'qsfs': {
        const size = this.volumes.get(id)
        const isThere = part.kind === 'volume' || this.fileSystems.has(id)
        if (size === undefined || !isThere) return 'error'
        if (part.kind === 'volume' && part.size < size) return 'error'
        this.volumes.set(id, part.size)
        return 'ok'
      }
      case 'zdb': {
        if (part.size < old.size) return 'unchanged'
        if (part.size === old.size) return 'same'
        const size = this.databases.get(id)
        if (size === undefined) return 'error'
        if (sum(this.databases.values()) - size + part.size > modelNode.hdd) return 'unchanged'
        this.databases.set(id, part.size)
        return 'ok'
      }
    }
  }

  #grow(kept: Kept, id: string, disk: { name: string; from: number; to: number }): Ending {
    if (disk.to === disk.from) return 'same'
    if (disk.to < disk.from) return 'unchanged'
    const isMounted = kept.active.some(
      other => other.part.kind === 'zmachine' && other.part.mount === disk.name && isOkay(other),
    )
    const size = this.disks.get(id)
    if (isMounted || size === undefined) return 'unchanged'
    // Images alone must fit: quotas are not asked.
    if (sum(this.disks.values()) - size + disk.to > modelNode.ssd) return 'unchanged'
    this.disks.set(id, disk.to)
    return 'ok'
  }

  #write(kept: Kept, part: Part, ending: Ending, ip: string): void {
    const at = kept.active.findIndex(({ part: { name } }) => name === part.name)
    const before = kept.active[at]!
    if (ending === 'unchanged' || ending === 'none') {
      this.#log(kept, part, 'unchanged')
      return
    }
    const state = ending === 'same' ? before.state : ending
    kept.active[at] = { part, state, ip }
    this.#log(kept, part, state)
  }

  #remove(kept: Kept, name: string): void {
    const at = kept.active.findIndex(({ part }) => part.name === name)
    const active = kept.active[at]
    if (!active) return
    const { part } = active
    if (!this.#takeDown(kept, part)) {
      kept.active[at] = { ...active, state: 'error', ip: '' }
      this.#log(kept, part, 'error')
      return
    }
    kept.active.splice(at, 1)
    this.#log(kept, part, 'deleted')
    this.#unshare(kept, part)
    if (part.kind !== 'qsfs') return
    const id = this.#idOf(kept, name)
    this.#after(leavingMs, () => {
      this.#leaving = this.#leaving.filter(other => other !== id)
    })
  }

  /** False when there was nothing that could be taken down, for the types that mind. */
  #takeDown(kept: Kept, part: Part): boolean {
    const id = this.#idOf(kept, part.name)
    switch (part.kind) {
      case 'zmount':
        this.disks.delete(id)
        return true
      case 'volume':
        return this.volumes.delete(id)
      case 'qsfs':
        this.#unmount(id)
        this.#leaving.push(id)
        return true
      case 'network':
        return this.networks.delete(`${kept.twin}/${part.name}`)
      case 'ip':
        this.addresses.delete(id)
        return true
      case 'zmachine':
        this.machines.delete(id)
        this.volumes.delete(`root of ${id}`)
        return part.address === '' || kept.active.some(other => other.part.name === part.address)
      case 'zdb':
        this.databases.delete(id)
        this.locked.delete(id)
        return true
      case 'gateway-name-proxy':
        this.routes.delete(id)
        return true
    }
  }

  #unmount(id: string): void {
    this.#leaving = this.#leaving.filter(other => other !== id)
    this.fileSystems.delete(id)
    this.volumes.delete(id)
  }

  #pause(kept: Kept, name: string, isPaused: boolean): void {
    const at = kept.active.findIndex(({ part }) => part.name === name)
    const active = kept.active[at]
    if (active?.state !== (isPaused ? 'ok' : 'paused')) return
    const { part } = active
    const id = this.#idOf(kept, name)
    if (part.kind === 'zmachine' && !this.machines.has(id)) {
      this.#log(kept, part, 'unchanged')
      return
    }
    if (part.kind === 'zdb') {
      if (isPaused && !this.databases.has(id)) return
      if (isPaused) this.locked.add(id)
      else this.locked.delete(id)
    }
    const state = isPaused ? 'paused' : 'ok'
    kept.active[at] = { ...active, state }
    this.#log(kept, part, state)
  }

  /** What the ok and paused workloads take. */
  used(): ReturnType<typeof capacityOf> {
    const total = { cru: 0, mru: 0, sru: 0, hru: 0, ipv4u: 0 }
    for (const { active } of this.kept.values()) {
      for (const { part } of active.filter(isOkay)) {
        const own = capacityOf(part)
        for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += own[key]
      }
    }
    return total
  }
}
