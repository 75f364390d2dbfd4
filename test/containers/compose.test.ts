// The files of docker/ do what they say: a grid for other containers, and fake nodes on real parts.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { remoteClient } from '../../src/chain/client/remote.ts'
import { tfgrid } from '../../src/chain/pallets/tfgrid/declaration.ts'
import { tftPrice } from '../../src/chain/pallets/tft-price/declaration.ts'
import type { GridInfo } from '../../src/grid.ts'
import { Compose, untilHealthy } from './compose.ts'
import { images } from './images.ts'
import { manifestsOf, podOptions } from './kubernetes.ts'
import { connectTenant, containers, docker, missingImages } from './support.ts'

describe.skipIf(missingImages)('the grid of docker/compose.yaml', () => {
  const compose = new Compose('compose.yaml', {
    POCKETGRID_IMAGE: images.pocketgrid,
    CLIENT_IMAGE: images.pocketgrid,
    POCKETGRID_CHAIN_PORT: '0',
    POCKETGRID_PORT: '0',
  })

  beforeAll(async () => {
    await compose.up()
    await compose.healthy('grid')
  })

  afterAll(() => compose.down())

  it('answers a client in another container under the public names of the real grid', () => {
    const client = `
      const nodes = await (await fetch('https://gridproxy.dev.grid.tf/nodes')).json()
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'system_chain', params: [] })
      const headers = { 'content-type': 'application/json' }
      const chain = await fetch('https://tfchain.dev.grid.tf/', { method: 'POST', headers, body })
      console.log(nodes.length, (await chain.json()).result)`
    const said = compose.run('client', 'node', '--input-type=module', '--eval', client)
    expect(said).toBe('12 Development')
  })

  it('answers on the ports of this machine', async () => {
    const url = `http://127.0.0.1:${compose.portOf('grid', 8080)}/api/health`
    expect(await (await fetch(url)).json()).toMatchObject({ status: 'ok', nodes: 12 })
    expect(compose.portOf('grid', 9944)).toBeGreaterThan(0)
  })
})

/** Nodes of the real parts: fewer than the files have, for the time's sake. */
const count = 60

describe.skipIf(missingImages)('the real parts of docker/compose.real.yaml', () => {
  const compose = new Compose('compose.real.yaml', {
    POCKETGRID_IMAGE: images.pocketgrid,
    TFCHAIN_IMAGE: images.chain,
    RELAY_IMAGE: images.relay,
    REDIS_IMAGE: images.redis,
    POCKETGRID_CHAIN_PORT: '0',
    POCKETGRID_RELAY_PORT: '0',
    NODES: String(count),
  })
  const parts = ['nodes-1', 'nodes-2', 'nodes-3']
  const pod = `${compose.network}-pod`

  /** What a process of nodes says of itself, asked from inside its container. */
  const infoOf = (container: string): GridInfo => {
    const ask = `fetch('http://127.0.0.1:8080/api/info').then(async a => console.log(await a.text()))`
    return JSON.parse(docker('exec', container, 'node', '--eval', ask))
  }

  const endpoints = () => ({
    substrate: `ws://127.0.0.1:${compose.portOf('chain', 9944)}`,
    relay: `ws://127.0.0.1:${compose.portOf('relay', 8080)}`,
  })

  beforeAll(async () => {
    await compose.up()
    for (const name of parts) await compose.healthy(name)
  })

  afterAll(() => {
    docker('rm', '--force', '--volumes', pod)
    compose.down()
    expect(containers()).toEqual([])
  })

  it('are a chain and a relay for nodes that three processes play', async () => {
    const infos = parts.map(name => infoOf(compose.containerOf(name)))
    const ids = infos.flatMap(({ nodes }) => nodes.map(({ id }) => id))
    expect(infos.map(({ nodes }) => nodes.length)).toEqual([20, 20, 20])
    expect(new Set(ids).size).toBe(count)
    const chain = await remoteClient(endpoints().substrate)
    try {
      expect(await chain.read(tfgrid, 'NodeID')).toBe(count)
      // The chain had none, as one that was just started with --dev.
      expect(await chain.read(tftPrice, 'AverageTftPrice')).toBe(20)
    } finally {
      await chain.close()
    }
  })

  it('take deployments on every part, and keep them when a process starts again', async () => {
    const [first] = parts.map(name => infoOf(compose.containerOf(name)))
    const person = first!.accounts.find(({ name }) => name === 'farmer-1')!
    const tenant = await connectTenant({ endpoints: endpoints(), person, isStrict: true })
    try {
      const deployed: [GridInfo['nodes'][number], number][] = []
      for (const name of parts) {
        const node = infoOf(compose.containerOf(name)).nodes[7]!
        deployed.push([node, await tenant.deploy(node)])
      }
      await Promise.all(deployed.map(([node, contract]) => tenant.settled(node, contract)))
      docker('restart', '--time', '0', compose.containerOf('nodes-2'))
      await compose.healthy('nodes-2')
      for (const [node, contract] of deployed) {
        expect(await tenant.states(node, contract)).toEqual(['ok', 'ok', 'ok'])
      }
    } finally {
      await tenant.close()
    }
  })

  it('serve the pods of docker/kubernetes/real.yaml too: the third plays the third part', async () => {
    const { nodes } = infoOf(compose.containerOf('nodes-3'))
    compose.remove('nodes-3')
    const set = manifestsOf('real.yaml').find(({ kind }) => kind === 'StatefulSet')!
    const options = podOptions(set, images.pocketgrid)
    const fewer = options.map(option => option.replace(/^--count=300$/, `--count=${count}`))
    expect(fewer).not.toEqual(options)
    docker(
      ...['run', '--detach', '--name', pod, '--hostname', `${set.metadata.name}-2`],
      ...['--network', compose.network, ...fewer],
    )
    await untilHealthy(pod)
    expect(infoOf(pod).nodes).toEqual(nodes)
  })
})
