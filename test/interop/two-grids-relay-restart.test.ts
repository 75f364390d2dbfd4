// The chain that a second grid lives on goes away, and comes back.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type JoinedGrid, joinGrid } from '../../src/grid/remote-grid.ts'
import { missingBuild, startUp, type Up } from './support.ts'

describe.skipIf(missingBuild)('a grid whose chain is killed', () => {
  const dir = mkdtempSync(join(tmpdir(), 'pocketgrid-'))
  let one: Up
  let two: JoinedGrid | null = null

  afterAll(async () => {
    await two?.close()
    await one.stop()
    rmSync(dir, { recursive: true })
  }, 30_000)

  it('says so, waits for it, and goes on where it was', async () => {
    one = await startUp('--data-dir', dir, '--nodes', '1')
    const { substrate, relay } = one.info.endpoints
    const failures: Error[] = []
    two = await joinGrid(
      { chain: substrate, port: 0, farms: [{ name: 'ghent', nodes: 1 }] },
      { onFailure: error => failures.push(error) },
    )
    const health = async () => (await fetch(`${two!.info().endpoints.control}/health`)).status
    const before = two.info()
    expect(await health()).toBe(200)

    await one.stop('SIGKILL')
    await expect.poll(health, { timeout: 15_000 }).toBe(503)
    const { mirror, storage } = two.world
    expect(mirror.isReachable).toBe(false)

    const portOf = (url: string) => new URL(url).port
    const ports = ['--chain-port', portOf(substrate), '--port', portOf(relay)]
    one = await startUp('--data-dir', dir, '--nodes', '1', ...ports)
    await expect.poll(health, { timeout: 15_000 }).toBe(200)
    await expect
      .poll(() => storage.grid.NodeIdByTwinID.get(before.nodes[0]!.twinId), { timeout: 15_000 })
      .toBe(before.nodes[0]!.id)
    const at = mirror.best.number
    // Another one that joins now makes blocks, and the first to have joined sees them.
    const third = await startUp('--chain', substrate, '--nodes', '1', '--seed', 'third')
    expect(third.info.endpoints.substrate).toBe(substrate)
    expect(third.info.nodes[0]!.id).not.toBe(before.nodes[0]!.id)
    expect(await third.stop()).toBe(0)
    expect(third.stderr()).toBe('')
    await expect.poll(() => mirror.best.number, { timeout: 15_000 }).toBeGreaterThan(at)
    expect(two.info().nodes).toEqual(before.nodes)
    expect(failures).toEqual([])
  }, 60_000)
})
