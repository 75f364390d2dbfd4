// A small world for tests of nodes: a kernel, a bus, a fake chain, nodes, and users who ask and deploy.

import { type KeyPair, keyPairFromSeed } from '../../../src/crypto/keys.ts'
import { Kernel } from '../../../src/kernel/kernel.ts'
import { Bus, type BusAnswer } from '../../../src/rmb/bus.ts'
import { deploymentHash } from '../../../src/zos/deployment/challenge.ts'
import { decodeDeployment } from '../../../src/zos/deployment/deployment.ts'
import { parseHardwareProfile } from '../../../src/zos/hardware/load-profile.ts'
import type { HardwareProfile } from '../../../src/zos/hardware/profile.ts'
import { createNodes, type NodesOptions } from '../../../src/zos/nodes.ts'
import { workloadTypes } from '../../../src/zos/workloads/registry.ts'
import { FakeChain } from './fake-chain.ts'

declare module '../../../src/kernel/kernel.ts' {
  interface KernelEvents {
    'test.answer': BusAnswer
  }
}
declare module '../../../src/rmb/bus.ts' {
  interface AnswerKinds {
    'test.answer': true
  }
}

export const GiB = 1024 ** 3

const relay = 'relay.test'
const ok = { min: 1000, max: 1000 }

/** A node of 8 CPUs, 16 GiB and one SSD of 100 GiB on which every install takes a second. */
export function testProfile(changes: Record<string, unknown> = {}): HardwareProfile {
  return parseHardwareProfile(
    {
      title: 'A node for tests',
      kind: 'full',
      cpu: { model: 'Test CPU', cores: 4, threads: 8, maxSpeedMHz: 3000 },
      memory: { bytes: 16 * GiB, type: 'DDR4', speed: '1 MT/s', manufacturer: 'T', moduleGB: [16] },
      disks: [
        { type: 'ssd', bytes: 100 * GiB },
        { type: 'hdd', bytes: 200 * GiB },
      ],
      graphicsCards: [
        {
          slot: '0000:28:00.0',
          vendorId: '1002',
          deviceId: '731f',
          vendor: 'AMD',
          device: 'Radeon',
          vramMiB: 6144,
        },
      ],
      board: { manufacturer: 'T', product: 'Board', serial: 'SN000000' },
      bios: { vendor: 'T', version: '1' },
      benchmark: { single: 1, multi: 4 },
      provisioning: { durationMs: { default: ok } },
      ...changes,
    },
    'of a test',
  )
}

/** What a user sends, as JSON. */
export interface DeploymentInput {
  version: number
  twin_id: number
  contract_id: number
  metadata: string
  description: string
  expiration: number
  signature_requirement: Record<string, unknown>
  workloads: WorkloadInput[]
}

export interface WorkloadInput {
  version: number
  name: string
  type: string
  data: unknown
  metadata: string
  description: string
}

/** A workload of a deployment, version 0 unless told. */
export function workload(name: string, type: string, data: unknown, version = 0): WorkloadInput {
  return { version, name, type, data, metadata: '', description: '' }
}

export const disk = (name: string, size: number, version = 0) =>
  workload(name, 'zmount', { size }, version)

const wireguardKey = Buffer.alloc(32, 7).toString('base64')

export const network = (name: string, data: Record<string, unknown> = {}, version = 0) =>
  workload(
    name,
    'network',
    {
      ip_range: '10.20.0.0/16',
      subnet: '10.20.2.0/24',
      wireguard_private_key: wireguardKey,
      wireguard_listen_port: 3011,
      peers: [],
      ...data,
    },
    version,
  )

export const machine = (name: string, data: Record<string, unknown> = {}, version = 0) =>
  workload(
    name,
    'zmachine',
    {
      flist: 'https://hub.grid.tf/tf-official-apps/base.flist',
      network: {
        public_ip: '',
        planetary: false,
        interfaces: [{ network: 'net1', ip: '10.20.2.5' }],
      },
      size: 0,
      compute_capacity: { cpu: 1, memory: 2 * GiB },
      mounts: [],
      entrypoint: '/sbin/init',
      env: {},
      ...data,
    },
    version,
  )

/** The answer of a node: its value, or the text of its error. */
export type Answer =
  // biome-ignore lint/suspicious/noExplicitAny: tests know the answers that they look at.
  { readonly value: any; readonly text: string } | { readonly error: string } | 'silence'

/** A user with a key and a twin. */
export class TestUser {
  readonly twinId: number
  readonly pair: KeyPair
  readonly #world: TestWorld

  constructor(world: TestWorld, seed: number) {
    this.#world = world
    this.pair = keyPairFromSeed(new Uint8Array(32).fill(seed), 'ed25519')
    this.twinId = world.chain.addTwin(this.pair.accountId)
  }

  /** Sends a command to a node and lets time pass until it has answered. */
  ask(nodeId: number, command: string, payload: unknown = '', ttlMs = 10_000): Answer {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
    return this.#world.request(this.twinId, nodeId, { command, payload: text, ttlMs })
  }

  /** Asks for a value that must come. */
  // biome-ignore lint/suspicious/noExplicitAny: tests know the answers that they look at.
  get(nodeId: number, command: string, payload: unknown = ''): any {
    const answer = this.ask(nodeId, command, payload)
    if (answer === 'silence' || 'error' in answer) {
      throw new TypeError(`${command} ended in ${JSON.stringify(answer)}`)
    }
    return answer.value
  }

  /** A deployment of this user, not signed yet. */
  plan(workloads: WorkloadInput[], changes: Partial<DeploymentInput> = {}): DeploymentInput {
    const { twinId } = this
    return {
      version: 0,
      twin_id: twinId,
      contract_id: 0,
      metadata: '',
      description: '',
      expiration: 0,
      signature_requirement: {
        requests: [{ twin_id: twinId, required: false, weight: 1 }],
        weight_required: 1,
        signatures: [],
        signature_style: '',
      },
      workloads,
      ...changes,
    }
  }

  /** The hash of a deployment as its contract carries it. */
  hashOf(plan: DeploymentInput): string {
    return hashOf(plan).toString('hex')
  }

  sign(plan: DeploymentInput): DeploymentInput {
    const signature = Buffer.from(this.pair.sign(hashOf(plan))).toString('hex')
    const signatures = [{ twin_id: this.twinId, signature, signature_type: 'ed25519' }]
    return { ...plan, signature_requirement: { ...plan.signature_requirement, signatures } }
  }

  /** Makes the contract and sends the deployment; a refusal is an error. */
  deploy(
    nodeId: number,
    workloads: WorkloadInput[],
    options: { publicIps?: { ip: string; gateway: string }[]; hash?: string } = {},
  ): TestDeployment {
    const plan = this.plan(workloads)
    const hash = options.hash ?? this.hashOf(plan)
    const { twinId } = this
    const contractId = this.#world.chain.addContract({ ...options, twinId, nodeId, hash })
    const sent = new TestDeployment(this, this.#world, { nodeId, contractId, plan })
    sent.send('deploy')
    return sent
  }

  /** Sends a deployment without regard to contracts. */
  send(nodeId: number, what: 'deploy' | 'update', plan: DeploymentInput): Answer {
    return this.ask(nodeId, `zos.deployment.${what}`, this.sign(plan))
  }
}

/** A deployment on a node. */
export class TestDeployment {
  readonly nodeId: number
  readonly contractId: bigint
  plan: DeploymentInput
  readonly #user: TestUser
  readonly #world: TestWorld

  constructor(
    user: TestUser,
    world: TestWorld,
    parts: { nodeId: number; contractId: bigint; plan: DeploymentInput },
  ) {
    this.#user = user
    this.#world = world
    this.nodeId = parts.nodeId
    this.contractId = parts.contractId
    this.plan = { ...parts.plan, contract_id: Number(parts.contractId) }
  }

  send(what: 'deploy' | 'update'): void {
    const answer = this.#user.send(this.nodeId, what, this.plan)
    if (answer === 'silence' || 'error' in answer) throw new TypeError(JSON.stringify(answer))
  }

  /** The next version with other workloads: the contract's hash first, then the node. */
  update(workloads: WorkloadInput[]): Answer {
    this.plan = { ...this.plan, version: this.plan.version + 1, workloads }
    this.#world.chain.setHash(this.contractId, this.#user.hashOf(this.plan))
    return this.#user.send(this.nodeId, 'update', this.plan)
  }

  cancel(): void {
    this.#world.chain.removeContract(this.contractId)
    this.#world.nodes.onContractCanceled(this.nodeId, this.#user.twinId, this.contractId)
  }

  grace(hasStarted: boolean): void {
    const { chain, nodes } = this.#world
    const { nodeId, contractId } = this
    if (hasStarted) {
      chain.setContractState(contractId, { type: 'GracePeriod', value: 1n })
      nodes.onGracePeriodStarted(nodeId, this.#user.twinId, contractId)
    } else {
      chain.setContractState(contractId, { type: 'Created' })
      nodes.onGracePeriodEnded(nodeId, this.#user.twinId, contractId)
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests know the answers that they look at.
  get(): any {
    return this.#user.get(this.nodeId, 'zos.deployment.get', this.#request)
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests know the answers that they look at.
  changes(): any {
    return this.#user.get(this.nodeId, 'zos.deployment.changes', this.#request)
  }

  /** The states of the workloads by name. */
  states(): Record<string, string> {
    const { nodes } = this.#world
    const list = nodes.workloadsOf(this.nodeId, this.#user.twinId, this.contractId)
    return Object.fromEntries(list.map(({ name, state }) => [name, state]))
  }

  /** The messages of the workloads by name. */
  messages(): Record<string, string> {
    const { nodes } = this.#world
    const list = nodes.workloadsOf(this.nodeId, this.#user.twinId, this.contractId)
    return Object.fromEntries(list.map(({ name, message }) => [name, message]))
  }

  /** `name:state` of every transaction, oldest first. */
  history(): string[] {
    const changes = this.changes() as { name: string; result: { state: string } }[]
    return changes.map(({ name, result }) => `${name}:${result.state}`)
  }

  get #request() {
    return { contract_id: Number(this.contractId) }
  }
}

function hashOf(plan: DeploymentInput): Buffer {
  const decoded = decodeDeployment(JSON.stringify(plan))
  if (!decoded.ok) throw new TypeError(decoded.error)
  const hash = deploymentHash(decoded.value, workloadTypes)
  if (!hash.ok) throw new TypeError(hash.error)
  return Buffer.from(hash.value)
}

/** What a test world is made of. */
export interface TestWorldOptions {
  readonly profiles?: readonly (string | HardwareProfile)[]
  readonly seed?: string
  readonly nodes?: Partial<NodesOptions>
  /** Leave the nodes to the test. */
  readonly isBare?: boolean
}

/** A world with a farm of nodes. */
export class TestWorld {
  readonly kernel: Kernel
  readonly chain: FakeChain
  readonly bus: Bus
  readonly nodes
  readonly farmer: TestUser
  readonly alice: TestUser
  readonly bob: TestUser
  #answers: BusAnswer[] = []

  constructor(options: TestWorldOptions = {}) {
    this.kernel = new Kernel({ seed: options.seed ?? 'test', startAt: 1_767_225_600_000 })
    const { kernel } = this
    this.chain = new FakeChain(kernel)
    const { chain } = this
    this.bus = new Bus({ kernel, directory: chain })
    kernel.handle('test.answer', ({ payload }) => {
      this.#answers.push(payload)
    })
    this.nodes = createNodes({
      kernel,
      chain,
      bus: this.bus,
      keyring: { add: () => undefined },
      activation: chain,
      relay,
      ...options.nodes,
    })
    this.farmer = new TestUser(this, 1)
    this.alice = new TestUser(this, 2)
    this.bob = new TestUser(this, 3)
    chain.addFarm(1, this.farmer.twinId)
    if (options.isBare) return
    for (const profile of options.profiles ?? [testProfile()])
      this.nodes.add({ farmId: 1, profile })
    kernel.runUntil(kernel.now())
  }

  /** Lets virtual time pass. */
  pass(ms: number): void {
    this.kernel.runUntil(this.kernel.now() + ms)
  }

  request(
    twinId: number,
    nodeId: number,
    { command, payload, ttlMs }: { command: string; payload: string; ttlMs: number },
  ): Answer {
    this.#answers = []
    const to = this.nodes.twinOf(nodeId) ?? 0
    this.bus.request(
      { from: { twin: twinId, connection: 'test' }, to, command, payload, ttlMs },
      { kind: 'test.answer', target: null, ref: command },
    )
    while (this.#answers.length === 0 && this.kernel.step());
    const answer = this.#answers[0]
    switch (answer?.type) {
      case 'response':
        return { value: JSON.parse(answer.payload ?? 'null'), text: answer.payload ?? '' }
      case 'error':
        return { error: answer.message }
      default:
        return 'silence'
    }
  }
}

export const minute = 60_000
export const hour = 60 * minute
