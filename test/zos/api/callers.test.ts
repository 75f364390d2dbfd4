// Who may call what: every command of both kinds of node, by everybody who might try.

import { describe, expect, it } from 'vitest'
import { disk, GiB, machine, network, TestWorld, testProfile } from '../support/world.ts'

const commands = {
  anyone: [
    'zos.system.version',
    'zos.system.dmi',
    'zos.system.hypervisor',
    'zos.system.diagnostics',
    'zos.system.node_features_get',
    'zos.perf.get_all',
    'zos.gpu.list',
    'zos.storage.pools',
    'zos.network.list_wg_ports',
    'zos.network.interfaces',
    'zos.network.has_ipv6',
    'zos.statistics.get',
    'zos.deployment.list',
    'zos.location.get',
  ],
  farmer: ['zos.admin.interfaces', 'zos.admin.get_public_nic', 'zos.admin.set_public_nic'],
  operator: [
    'zos.debug.deployment.list',
    'zos.debug.deployment.get',
    'zos.debug.deployment.history',
    'zos.debug.deployment.info',
    'zos.debug.deployment.health',
  ],
  nobody: [
    'zos.network.public_config_set',
    'zos.network.admin.interfaces',
    'zos.network.admin.set_public_nic',
    'zos.vm.logs',
    'zos.system.reboot',
    'zos.deployment',
    'zos.deployment.pause',
    'zos',
    '',
    'zos.system.version ',
    'ZOS.system.version',
    'zos.system.version.get',
    '__proto__',
    'constructor',
  ],
} as const

/** Alice deploys, Bob has nothing to do with it; the farmer owns the farm, the operator may debug. */
function worldOf(kind: 'full' | 'light') {
  const world = new TestWorld({ profiles: [testProfile({ kind })], nodes: { adminTwins: [5] } })
  const { alice, bob, farmer, chain } = world
  const operator = chain.addTwin(`0x${'44'.repeat(32)}`)
  const ask = (twin: number, command: string, payload: unknown = '') =>
    world.request(twin, 1, { command, payload: JSON.stringify(payload), ttlMs: 10_000 })
  const callers = { alice: alice.twinId, bob: bob.twinId, farmer: farmer.twinId, operator }
  return { world, ask, callers: Object.entries(callers) }
}

const isRefused = (answer: unknown) => (answer as { error?: string }).error === 'unauthorized'

describe('a full node', () => {
  const { ask, callers } = worldOf('full')

  it.each(commands.anyone)('lets everybody call %s', command => {
    for (const [, twin] of callers) expect(ask(twin, command)).toHaveProperty('value')
  })

  it.each(commands.farmer)('lets its farmer alone call %s', command => {
    for (const [name, twin] of callers) {
      expect(isRefused(ask(twin, command)), name).toBe(name !== 'farmer')
    }
  })

  it.each(commands.operator)('lets operators alone call %s', command => {
    for (const [name, twin] of callers) {
      expect(isRefused(ask(twin, command)), name).toBe(name !== 'operator')
    }
  })

  it.each(commands.nobody)('serves nobody %j', command => {
    for (const [, twin] of callers) {
      expect(ask(twin, command)).toEqual({ error: 'function is not found' })
    }
  })
})

describe('a light node', () => {
  const { ask, callers } = worldOf('light')

  it.each(commands.anyone)('lets everybody call %s', command => {
    for (const [, twin] of callers) expect(ask(twin, command)).toHaveProperty('value')
  })

  it.each([...commands.operator, 'zos.network.list_public_ips', ...commands.nobody])(
    'serves nobody %j',
    command => {
      for (const [, twin] of callers) {
        expect(ask(twin, command)).toEqual({ error: 'function is not found' })
      }
    },
  )

  it('has no public card, which it tells its farmer alone', () => {
    for (const [name, twin] of callers) {
      const error = name === 'farmer' ? 'not supported' : 'unauthorized'
      expect(ask(twin, 'zos.admin.get_public_nic')).toEqual({ error })
    }
  })
})

describe('the deployments of a twin', () => {
  const { world, ask, callers } = worldOf('full')
  const { alice, bob, nodes } = world
  const sent = alice.deploy(1, [network('net1'), machine('vm1'), disk('a', GiB)])
  world.pass(10_000)
  const contract = { contract_id: Number(sent.contractId) }
  const others = callers.filter(([name]) => name !== 'alice')

  it('are shown to it, and to no other, be it the farmer', () => {
    for (const [, twin] of others) {
      for (const command of ['get', 'changes']) {
        expect(ask(twin, `zos.deployment.${command}`, contract)).toEqual({
          error: 'deployment not found',
        })
      }
      expect(ask(twin, 'zos.deployment.list')).toMatchObject({ value: [] })
      const ips = ask(twin, 'zos.network.list_private_ips', { network_name: 'net1' })
      expect(ips).toMatchObject({ value: [] })
    }
    expect(
      ask(alice.twinId, 'zos.network.list_private_ips', { network_name: 'net1' }),
    ).toMatchObject({ value: ['10.20.2.5'] })
  })

  it('are changed by no other, whether he signs as himself or sends what its owner signed', () => {
    const before = nodes.deploymentsOf(1)
    const next = { ...sent.plan, version: 1, workloads: [] }
    const mismatch = (twin: number, from: number) => ({
      error: `twin id mismatch (deployment: ${twin}, message: ${from})`,
    })
    for (const what of ['deploy', 'update'] as const) {
      expect(ask(bob.twinId, `zos.deployment.${what}`, alice.sign(next))).toEqual(
        mismatch(alice.twinId, bob.twinId),
      )
      // Bob claims to be Alice, and signs for her.
      const forged = ask(alice.twinId, `zos.deployment.${what}`, {
        ...bob.sign(next),
        signature_requirement: {
          ...next.signature_requirement,
          signatures: [{ twin_id: alice.twinId, signature: forgery(), signature_type: 'ed25519' }],
        },
      })
      expect(forged).toEqual({ error: 'failed to verify signature' })
    }
    // His own deployment may carry her contract's number: it is another one, and her contract does not fit it.
    const own = { ...bob.plan([disk('x', GiB)]), contract_id: contract.contract_id }
    expect(bob.send(1, 'deploy', own)).toMatchObject({ value: null })
    world.pass(10_000)
    expect(nodes.deploymentsOf(1)[0]).toEqual(before[0])
    expect(nodes.workloadsOf(1, bob.twinId, sent.contractId)).toMatchObject([
      { state: 'error', message: 'contract hash does not match deployment hash' },
    ])

    function forgery(): string {
      return Buffer.from(bob.pair.sign(Buffer.from(alice.hashOf(next), 'hex'))).toString('hex')
    }
  })
})
