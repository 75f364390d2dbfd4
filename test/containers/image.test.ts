// Our image: small, healthy, nobody's root, and a grid that real clients deploy to.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PocketgridContainer, type StartedPocketgridContainer } from '../../src/testcontainers.ts'
import { images } from './images.ts'
import { containers, deployMachine, docker, missingImages } from './support.ts'

const sizeOf = (image: string) => Number(docker('image', 'inspect', '-f', '{{.Size}}', image))

describe.skipIf(missingImages)(`the image${missingImages && ` (${missingImages})`}`, () => {
  let grid: StartedPocketgridContainer

  beforeAll(async () => {
    const farms = [{ name: 'contained', nodes: 2 }]
    grid = await new PocketgridContainer(images.pocketgrid)
      .withGrid({ seed: 'contained', farms })
      .withAutoCleanup(false)
      .start()
  })

  afterAll(async () => {
    await grid.stop()
    expect(containers()).toEqual([])
  })

  it('adds little to its base, and no light client', () => {
    expect((sizeOf(images.pocketgrid) - sizeOf(images.base)) / 1e6).toBeLessThan(80)
    const list = `require('node:fs').readdirSync('/app/node_modules', { recursive: true }).join('\\n')`
    const files = docker('exec', grid.getId(), 'node', '-p', list)
    expect(files).toContain('@polkadot/api/index.js')
    expect(files).not.toMatch(/smoldot/)
  })

  it('runs as nobody special, and says that it is healthy', async () => {
    expect(docker('exec', grid.getId(), 'node', '-p', 'process.getuid()')).toBe('1000')
    const health = () => docker('inspect', '-f', '{{.State.Health.Status}}', grid.getId())
    await expect.poll(health, { timeout: 20_000, interval: 200 }).toBe('healthy')
  })

  it('tells where it is and who is on it', async () => {
    const { endpoints, accounts, farms, nodes } = grid
    expect(accounts.map(({ name }) => name)).toContain('alice')
    expect(farms).toMatchObject([{ name: 'contained' }])
    expect(nodes).toHaveLength(2)
    const health = await fetch(`${endpoints.control}/health`)
    expect(await health.json()).toMatchObject({ status: 'ok', nodes: 2 })
    const found = await fetch(`${endpoints.proxy}/nodes`)
    expect(await found.json()).toHaveLength(2)
    expect(await grid.certificate()).toMatch(/^-----BEGIN CERTIFICATE-----/)
    expect(grid.frontUrl).toMatch(new RegExp(`^https://${grid.getHost()}:\\d+$`))
  })

  it('takes a deployment of a real client', async () => {
    const person = grid.accounts.find(({ name }) => name === 'alice')!
    await deployMachine({ endpoints: grid.endpoints, person, node: grid.nodes[0]! })
  })

  it('says why it does not start, in its own words, and is gone', async () => {
    const farms = [{ name: 'no', nodes: 1 }]
    const broken = new PocketgridContainer(images.pocketgrid).withGrid({ farms })
    await expect(broken.withAutoCleanup(false).start()).rejects.toThrow(
      /the grid \(pocketgrid-test.*\) has ended with status 2; it said:\nGRID_CONFIG_INVALID: .*farms\[0\]\.name/,
    )
    expect(containers()).toHaveLength(1)
  })

  it('ends in good order when it is told to', async () => {
    const other = new PocketgridContainer(images.pocketgrid).withOptions('--nodes', '1', '--quiet')
    const started = await other.withAutoCleanup(false).start()
    const id = started.getId()
    docker('stop', '--time', '10', id)
    expect(docker('inspect', '-f', '{{.State.ExitCode}}', id)).toBe('0')
    docker('rm', id)
  })
})
