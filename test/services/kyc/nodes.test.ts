// Nodes ask the table of verified people before they look at a signature.

import { beforeAll, describe, expect, it } from 'vitest'
import { checkWorld, type WorldInput } from '../../../src/config/config.ts'
import { cryptoReady } from '../../../src/crypto/ready.ts'
import { createWorld, type World } from '../../../src/grid/world.ts'
import { plainDeployment } from '../../interop/support.ts'

beforeAll(() => cryptoReady())

function worldOf(kyc: WorldInput['kyc']): World {
  const farms = [{ name: 'ghent', nodes: 1, hardware: 'server' }]
  const checked = checkWorld({ farms, users: ['alice', 'bob'], kyc })
  if (!checked.ok) throw new TypeError(checked.problems[0]!.message)
  const options = { startAt: 0, relay: 'relay', heartbeat: false, userScheme: 'ed25519' } as const
  return createWorld(checked.config, options)
}

/** What a node says of a deployment that nobody has signed. */
function said(
  world: World,
  what: 'deploy' | 'update',
  change: { twin?: number; sender?: number; version?: number } = {},
): string {
  const { twin = 1, sender = twin, version = 0 } = change
  const payload = JSON.stringify({ ...plainDeployment(twin, { port: 4000 }), version })
  const outcome = world.nodes.engine.accept(1, what, { payload, sender })
  return outcome.ok ? 'accepted' : outcome.error
}

const unsigned = /signature/

describe.each(['deploy', 'update'] as const)('%s', what => {
  it('of who is verified goes on to the signature', () => {
    expect(said(worldOf(undefined), what)).toMatch(unsigned)
    expect(said(worldOf({ mode: 'list', set: { 1: 'VERIFIED' } }), what)).toMatch(unsigned)
  })

  it('of who is not is refused before, in the words of the real node', () => {
    const world = worldOf({ set: { 1: 'REJECTED', 2: 'none' } })
    expect(said(world, what)).toBe('user with twin id 1 is not verified')
    expect(said(world, what, { twin: 2 })).toBe('failed to get twin verification status')
    expect(said(worldOf({ mode: 'none' }), what)).toBe('failed to get twin verification status')
  })

  it('of somebody else is refused for that first', () => {
    const world = worldOf({ mode: 'none' })
    expect(said(world, what, { twin: 1, sender: 2 })).toBe(
      'twin id mismatch (deployment: 1, message: 2)',
    )
  })

  it('goes on as soon as its sender is verified', () => {
    const world = worldOf({ mode: 'none' })
    world.kyc.apply({ type: 'status', of: { twinId: 1 }, status: 'VERIFIED' })
    expect(said(world, what)).toMatch(unsigned)
    expect(said(world, what, { twin: 2 })).toBe('failed to get twin verification status')
  })
})

it('the switch may name people by address, and names nobody else', () => {
  const { residents } = worldOf(undefined)
  const address = residents[0]!.pair.address
  const world = worldOf({ set: { [address]: 'REJECTED' } })
  expect(said(world, 'deploy')).toBe('user with twin id 1 is not verified')
  expect(said(world, 'deploy', { twin: 2 })).toMatch(unsigned)
  expect(() => worldOf({ set: { nobody: 'VERIFIED' } })).toThrow(
    expect.objectContaining({ code: 'GRID_CONFIG_INVALID' }),
  )
})
