// Deployments far larger than anybody sends, and numbers and texts at their limits.

import { describe, expect, it } from 'vitest'
import { disk, GiB, hour, TestWorld, workload } from '../support/world.ts'

/** User CPU time of something, in ms. */
function cpuMs(run: () => void): number {
  const before = process.cpuUsage().user
  run()
  return (process.cpuUsage().user - before) / 1000
}

/** Workloads of the largest deployment; more of them in a long run. */
const count = Number(process.env.POCKETGRID_WORKLOADS ?? 2500)

describe(`a deployment of ${count} workloads`, () => {
  const names = Array.from({ length: count }, (_, i) => `d${i}`)
  const world = new TestWorld()
  const { alice, nodes } = world

  it('is installed to the last disk that there is room for, and taken down again', () => {
    const idle = nodes.usedOf(1)
    // 95 GiB are left beside the cache: room for 7 disks in 10.
    const fitting = Math.floor(count * 0.7)
    const size = Math.floor((95 * GiB) / fitting)
    const workloads = names.map(name => disk(name, size))
    let sent!: ReturnType<typeof alice.deploy>
    const spent = cpuMs(() => {
      sent = alice.deploy(1, workloads)
      world.pass(3 * hour)
    })
    const states = Object.values(sent.states())
    expect(states.filter(state => state === 'ok')).toHaveLength(fitting)
    expect(states.filter(state => state === 'error')).toHaveLength(count - fitting)
    sent.cancel()
    const removed = cpuMs(() => world.pass(hour))
    expect(sent.states()).toEqual({})
    expect(nodes.usedOf(1)).toEqual(idle)
    // Not a measure of speed: work that grows with the square of this would take minutes.
    expect(spent + removed).toBeLessThan(20_000)
  }, 60_000)
})

describe('texts', () => {
  const world = new TestWorld()
  const { alice } = world

  it('of a megabyte are kept, hashed and given back as they are', () => {
    const metadata = 'größe 🚀 '.repeat(100_000)
    const plan = alice.plan([disk('a', GiB)], { metadata })
    const hash = alice.hashOf(plan)
    const contractId = world.chain.addContract({ twinId: alice.twinId, nodeId: 1, hash })
    const sent = { ...plan, contract_id: Number(contractId) }
    expect(alice.send(1, 'deploy', sent)).toMatchObject({ value: null })
    world.pass(5000)
    const { metadata: kept, workloads } = alice.get(1, 'zos.deployment.get', {
      contract_id: Number(contractId),
    })
    expect(kept).toBe(metadata)
    expect(workloads[0].result.state).toBe('ok')
  })

  it.each([
    ['é', 'unsupported character in workload name'],
    ['a b', 'unsupported character in workload name'],
    ['a'.repeat(37), 'name cannot exceed 36 characters'],
    ['🚀'.repeat(10), 'name cannot exceed 36 characters'],
    ['', 'name cannot be empty'],
    ['ygg', "invalid name 'ygg' is reserved"],
    ['__proto__', null],
    ['constructor', null],
    ['toString', null],
  ])('as a name: %j', (name, refusal) => {
    const plan = alice.plan([disk(name, GiB)], { contract_id: 90_000 + name.length })
    const expected =
      refusal === null ? { value: null } : { error: `name '${name}' is invalid: ${refusal}` }
    expect(alice.send(1, 'deploy', plan)).toMatchObject(expected)
  })
})

describe('numbers at their limits', () => {
  const world = new TestWorld()
  const { alice } = world
  const send = (json: string) => alice.ask(1, 'zos.deployment.deploy', json)
  const unit = (member: string, value: string, type: string) =>
    `json: cannot unmarshal number ${value} into Go struct field Deployment.${member} of type ${type}`

  it.each([
    ['{"version":4294967296}', unit('version', '4294967296', 'uint32')],
    ['{"version":-1}', unit('version', '-1', 'uint32')],
    ['{"version":1.0}', unit('version', '1.0', 'uint32')],
    ['{"version":1e2}', unit('version', '1e2', 'uint32')],
    ['{"twin_id":4294967295}', 'twin id mismatch (deployment: 4294967295, message: 2)'],
    ['{"contract_id":18446744073709551616}', unit('contract_id', '18446744073709551616', 'uint64')],
    [
      '{"expiration":9223372036854775808}',
      'unknown timestamp format, expecting a timestamp or an ISO-8601 date',
    ],
  ])('%s', (json, error) => {
    expect(send(json)).toEqual({ error })
  })

  it('do not wrap around: a disk of 2^64 - 1 bytes finds no room, and takes none', () => {
    const used = world.nodes.usedOf(1)
    const plan = JSON.stringify(
      alice.sign(
        alice.plan([disk('a', 1), workload('v', 'volume', { size: 1 })], { contract_id: 77 }),
      ),
    )
    // The signature is over other sizes: what is asked first is whether they can be read.
    expect(send(plan.replaceAll('"size":1', '"size":18446744073709551616'))).toEqual({
      error:
        "failed to load data into object of type '*zos.ZMount': json: cannot unmarshal number 18446744073709551616 into Go struct field ZMount.size of type gridtypes.Unit",
    })
    expect(send(plan.replaceAll('"size":1', '"size":18446744073709551615'))).toEqual({
      error: 'failed to verify signature',
    })
    expect(world.nodes.usedOf(1)).toEqual(used)
  })

  it('of disks are compared in full', () => {
    const sent = alice.deploy(1, [disk('a', Number.MAX_SAFE_INTEGER), disk('b', GiB)])
    world.pass(5000)
    expect(sent.states()).toEqual({ a: 'error', b: 'ok' })
  })

  it('of versions may not jump, nor fall back', () => {
    const sent = alice.deploy(1, [disk('a', GiB)])
    world.pass(5000)
    const next = (version: number) => alice.send(1, 'update', { ...sent.plan, version })
    for (const version of [0, 2, 4_294_967_295]) {
      expect(next(version)).toEqual({
        error: `expecting deployment version 1, got ${version}: upgrade validation error`,
      })
    }
    expect(alice.send(1, 'deploy', { ...sent.plan, version: 1 })).toEqual({
      error: 'expected version to be 0 on deployment creation: invalid version',
    })
  })
})
