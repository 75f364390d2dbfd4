import { describe, expect, it } from 'vitest'
import { disk, GiB, machine, network, TestWorld, testProfile, workload } from '../support/world.ts'

const zdb = (name: string, size: number, version = 0, data: Record<string, unknown> = {}) =>
  workload(name, 'zdb', { size, mode: 'user', password: 'p', public: false, ...data }, version)

describe('an update', () => {
  it('removes first, then adds and changes in the order of types', () => {
    const world = new TestWorld()
    const sent = world.alice.deploy(1, [
      network('net1'),
      machine('vm1'),
      disk('a', GiB),
      disk('b', GiB),
    ])
    world.pass(10_000)
    const at = sent.history().length
    sent.update([
      machine('vm2', { network: { interfaces: [{ network: 'net1', ip: '10.20.2.9' }] } }, 1),
      network('net1', { peers: [] }, 1),
      disk('c', GiB, 1),
      disk('b', 2 * GiB, 1),
    ])
    world.pass(10_000)
    expect(sent.history().slice(at)).toEqual([
      'vm1:deleted',
      'a:deleted',
      'c:init',
      'c:ok',
      'b:ok',
      'net1:ok',
      'vm2:init',
      'vm2:ok',
    ])
    expect(sent.get().version).toBe(1)
  })

  it('leaves alone what keeps its version, whatever its data says', () => {
    const world = new TestWorld()
    const sent = world.alice.deploy(1, [disk('a', GiB)])
    world.pass(5000)
    sent.update([disk('a', 5 * GiB, 0)])
    world.pass(5000)
    expect(sent.get()).toMatchObject({ version: 1, workloads: [{ data: { size: GiB } }] })
    expect(sent.history()).toEqual(['a:init', 'a:ok'])
  })

  it('with nothing to do takes over data and version, with the result as it was', () => {
    const world = new TestWorld()
    const sent = world.alice.deploy(1, [disk('a', GiB)])
    world.pass(5000)
    const [{ result }] = sent.get().workloads
    sent.update([disk('a', GiB, 1)])
    world.pass(5000)
    expect(sent.get().workloads).toEqual([expect.objectContaining({ version: 1, result })])
    expect(sent.history()).toEqual(['a:init', 'a:ok', 'a:ok'])
  })

  it('stores version, metadata, description and signatures before the contract is looked at', () => {
    const world = new TestWorld()
    const { alice } = world
    const sent = alice.deploy(1, [disk('a', GiB)])
    world.pass(5000)
    const next = { ...sent.plan, version: 1, metadata: 'new', description: 'also new' }
    expect(alice.send(1, 'update', next)).toMatchObject({ value: null })
    const report = sent.get()
    expect(report).toMatchObject({ version: 1, metadata: 'new', description: 'also new' })
    expect(report.signature_requirement.signatures).toHaveLength(1)
    world.pass(100)
    expect(sent.messages()).toEqual({ a: 'contract hash does not match deployment hash' })
    expect(sent.get().version).toBe(1)
  })

  it('is refused for what the node does not have', () => {
    const world = new TestWorld()
    const { alice } = world
    const plan = alice.plan([disk('a', GiB)], { version: 1, contract_id: 77 })
    expect(alice.send(1, 'update', plan)).toEqual({
      error: 'twin not found: deployment does not exist',
    })
    alice.deploy(1, [disk('a', GiB)])
    expect(alice.send(1, 'update', plan)).toEqual({
      error: 'deployment not found: deployment does not exist',
    })
  })

  it('does not change the type of a workload', () => {
    const world = new TestWorld()
    const sent = world.alice.deploy(1, [disk('a', GiB)])
    world.pass(5000)
    expect(sent.update([workload('a', 'volume', { size: GiB }, 1)])).toEqual({
      error: "cannot change workload type 'a': upgrade validation error",
    })
  })

  it('can come before the one before it was worked on, which then does not fit the contract', () => {
    const world = new TestWorld()
    const { alice, bob } = world
    const sent = alice.deploy(1, [disk('a', GiB)])
    world.pass(5000)
    bob.deploy(1, [disk('x', GiB)])
    sent.update([disk('a', 2 * GiB, 1)])
    sent.update([disk('a', 3 * GiB, 2)])
    world.pass(5000)
    expect(sent.history()).toEqual(['a:init', 'a:ok', 'a:error', 'a:ok'])
    expect(sent.get().workloads[0]).toMatchObject({ version: 2, data: { size: 3 * GiB } })
  })

  it('calls update, not install, for a workload in error', () => {
    const world = new TestWorld()
    const sent = world.alice.deploy(1, [disk('a', 900 * GiB), disk('b', GiB)])
    world.pass(5000)
    sent.update([disk('a', 950 * GiB, 1), disk('b', GiB)])
    world.pass(5000)
    expect(sent.changes().at(-1)).toMatchObject({
      name: 'a',
      result: { state: 'unchanged', message: expect.stringContaining('does not exists') },
    })
  })

  it('an added network whose name is taken leaves no trace', () => {
    const world = new TestWorld()
    const { alice } = world
    alice.deploy(1, [network('net1')])
    const sent = alice.deploy(1, [disk('a', GiB)])
    world.pass(5000)
    sent.update([disk('a', GiB), network('net1', { wireguard_listen_port: 4000 }, 1)])
    world.pass(5000)
    expect(sent.states()).toEqual({ a: 'ok' })
  })

  it('changes capacity with what it changes', () => {
    const world = new TestWorld()
    const { alice, nodes } = world
    const idle = nodes.usedOf(1)
    const sent = alice.deploy(1, [disk('a', GiB), zdb('z', GiB)])
    world.pass(5000)
    expect(nodes.usedOf(1).hru - idle.hru).toBe(BigInt(GiB))
    sent.update([disk('a', 3 * GiB, 1), zdb('z', 2 * GiB, 1)])
    world.pass(5000)
    expect(nodes.usedOf(1).sru - idle.sru).toBe(BigInt(3 * GiB))
    expect(nodes.usedOf(1).hru - idle.hru).toBe(BigInt(2 * GiB))
    sent.update([disk('a', GiB, 2), zdb('z', 2 * GiB, 2, { mode: 'seq' })])
    world.pass(5000)
    expect(sent.messages()).toEqual({ a: '', z: '' })
    expect(nodes.usedOf(1).sru - idle.sru).toBe(BigInt(3 * GiB))
    sent.update([])
    world.pass(5000)
    expect(nodes.usedOf(1)).toEqual(idle)
  })
})

describe('the contract', () => {
  const failing = (prepare: (world: TestWorld, id: bigint) => void): Record<string, string> => {
    const world = new TestWorld({ profiles: [testProfile(), testProfile()] })
    const { alice, bob } = world
    bob.deploy(1, [disk('x', GiB)])
    const sent = alice.deploy(1, [disk('a', GiB), disk('b', GiB)])
    prepare(world, sent.contractId)
    world.pass(5000)
    return sent.messages()
  }

  it('must be there', () => {
    const text = 'failed to get deployment contract: contract not found: object not found'
    expect(failing((world, id) => world.chain.removeContract(id))).toEqual({ a: text, b: text })
  })

  it('must be a node contract', () => {
    const text = 'invalid contract type, expecting node contract'
    const messages = failing(({ chain, alice }, id) =>
      chain.putContract({
        id,
        twinId: alice.twinId,
        state: { type: 'Created' },
        type: { type: 'name', name: 'x' },
      }),
    )
    expect(messages).toEqual({ a: text, b: text })
  })

  it('must be of this node', () => {
    const messages = failing(({ chain }, id) => {
      const contract = chain.contract(id)
      if (contract?.type.type !== 'node') throw new TypeError('no contract')
      chain.putContract({ ...contract, type: { ...contract.type, nodeId: 2 } })
    })
    const text = 'invalid node address in contract'
    expect(messages).toEqual({ a: text, b: text })
  })

  it('must be readable', () => {
    const messages = failing(({ chain }) => chain.setReachable(false))
    expect(messages.a).toMatch(/^failed to get deployment contract: /)
    expect(messages.b).toBe(messages.a)
  })

  it('when it is mended, an update can replace what failed', () => {
    const world = new TestWorld()
    const sent = world.alice.deploy(1, [disk('a', GiB)], { hash: '0'.repeat(32) })
    world.pass(1000)
    expect(sent.states()).toEqual({ a: 'error' })
    sent.update([disk('b', GiB, 1)])
    world.pass(5000)
    expect(sent.states()).toEqual({ b: 'ok' })
  })

  it('that does not fit an update ends its machines, within ten seconds', () => {
    const world = new TestWorld()
    const { alice, nodes, chain } = world
    const sent = alice.deploy(1, [network('net1'), machine('vm1')])
    world.pass(5000)
    expect(nodes.resourcesOf(1).machines).toHaveLength(1)
    const next = { ...sent.plan, version: 1 }
    chain.setHash(sent.contractId, 'e'.repeat(32))
    alice.send(1, 'update', next)
    world.pass(11_000)
    expect(sent.states()).toEqual({ net1: 'error', vm1: 'error' })
    expect(nodes.resourcesOf(1).machines).toEqual([])
    expect(nodes.usedOf(1).cru).toBe(0n)
  })
})

describe('a machine whose process dies', () => {
  it('is started again three times, and given up at the fourth', () => {
    const world = new TestWorld()
    const { alice, nodes } = world
    const sent = alice.deploy(1, [network('net1'), machine('vm1')])
    world.pass(5000)
    const { twinId } = alice
    const { contractId } = sent
    const crash = () => nodes.crashMachine(1, { twinId, contractId, name: 'vm1' })
    for (let i = 0; i < 3; i += 1) {
      expect(crash()).toBe(true)
      expect(crash()).toBe(false)
      world.pass(11_000)
      expect(nodes.resourcesOf(1).machines).toHaveLength(1)
    }
    crash()
    world.pass(11_000)
    expect(sent.states()).toEqual({ net1: 'ok' })
    expect(sent.changes().at(-1).result).toMatchObject({
      state: 'deleted',
      message: 'workload decommissioned by system, reason: deleting vm due to so many crashes',
    })
  })

  it('may crash now and then for ever', () => {
    const world = new TestWorld()
    const { alice, nodes } = world
    const sent = alice.deploy(1, [network('net1'), machine('vm1')])
    world.pass(5000)
    const { twinId } = alice
    for (let i = 0; i < 6; i += 1) {
      nodes.crashMachine(1, { twinId, contractId: sent.contractId, name: 'vm1' })
      world.pass(70_000)
    }
    expect(sent.states()).toEqual({ net1: 'ok', vm1: 'ok' })
  })
})

describe('chance', () => {
  it('lets installs fail at the rate of the profile', () => {
    const provisioning = { durationMs: { default: { min: 1, max: 1 } }, failureRate: 0.5 }
    const world = new TestWorld({ profiles: [testProfile({ provisioning })] })
    const names = Array.from({ length: 60 }, (_, i) => `d${i}`)
    const sent = world.alice.deploy(
      1,
      names.map(name => disk(name, 1024)),
    )
    world.pass(60_000)
    const failed = Object.values(sent.states()).filter(state => state === 'error')
    expect(failed.length).toBeGreaterThan(10)
    expect(failed.length).toBeLessThan(50)
  })
})

describe('who may deploy', () => {
  it('is asked of the identity service first', () => {
    const kyc = (twinId: number) =>
      twinId === 3 ? `user with twin id ${twinId} is not verified` : null
    const world = new TestWorld({ nodes: { kyc } })
    const { alice, bob } = world
    const plan = { ...bob.plan([disk('a', GiB)]), contract_id: 5 }
    expect(bob.ask(1, 'zos.deployment.deploy', plan)).toEqual({
      error: 'user with twin id 3 is not verified',
    })
    expect(alice.ask(1, 'zos.deployment.deploy', plan)).toEqual({
      error: 'twin id mismatch (deployment: 3, message: 2)',
    })
  })

  it('follows from signatures that are really checked', () => {
    const { alice, bob } = new TestWorld()
    const plan = { ...alice.plan([disk('a', GiB)]), contract_id: 5 }
    expect(alice.ask(1, 'zos.deployment.deploy', plan)).toEqual({
      error: "missing required signature for twin '2'",
    })
    const signed = alice.sign(plan)
    const changed = { ...signed, metadata: 'x' }
    expect(alice.ask(1, 'zos.deployment.deploy', changed)).toEqual({
      error: 'failed to verify signature',
    })
    const other = bob.sign(plan).signature_requirement.signatures as object[]
    const forged = {
      ...signed,
      signature_requirement: {
        ...signed.signature_requirement,
        signatures: other.map(entry => ({ ...entry, twin_id: 2 })),
      },
    }
    expect(alice.ask(1, 'zos.deployment.deploy', forged)).toEqual({
      error: 'failed to verify signature',
    })
  })

  it('needs the chain for keys that the node has not read within the hour', () => {
    const world = new TestWorld()
    const { alice, bob, chain } = world
    alice.deploy(1, [disk('a', GiB)])
    chain.setReachable(false)
    const send = (user: typeof alice, contract_id: number) =>
      user.send(1, 'deploy', user.plan([disk('a', GiB)], { contract_id }))
    expect(send(alice, 50)).toMatchObject({ value: null })
    expect(send(bob, 51)).toMatchObject({
      error: expect.stringContaining("failed to get public key for twin '3': "),
    })
    world.pass(61 * 60_000)
    expect(send(alice, 52)).toMatchObject({
      error: expect.stringContaining("failed to get public key for twin '2': "),
    })
  })
})
