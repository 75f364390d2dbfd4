import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type Grid, startGrid } from '../../src/grid.ts'

/** A client of the chain from outside: asks, and hears when it is cut off. */
async function connect(grid: Grid) {
  const socket = new WebSocket(grid.info().endpoints.substrate)
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  const closed = new Promise(resolve => socket.once('close', resolve))
  let id = 0
  const ask = (method: string, ...params: unknown[]): Promise<unknown> => {
    id += 1
    const own = id
    return new Promise(resolve => {
      const hear = (data: Buffer) => {
        const answer = JSON.parse(data.toString())
        if (answer.id !== own) return
        socket.off('message', hear)
        resolve(answer.result)
      }
      socket.on('message', hear)
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: own, method, params }))
    })
  }
  return { ask, closed, close: () => socket.terminate() }
}

const number = (header: unknown) => Number((header as { number: string }).number)

describe('clients outside', () => {
  let grid: Grid

  const start = async () => {
    grid = await startGrid({
      port: 0,
      chainPort: 0,
      blocks: 'manual',
      farms: [{ name: 'ghent', nodes: 1 }],
    })
  }

  afterEach(() => grid.close())

  it('are cut off from a chain that cannot be reached, and come back', async () => {
    await start()
    const client = await connect(grid)
    const fault = grid.driver.enter(() => grid.world.faults.add({ kind: 'chain.unreachable' }))
    await client.closed
    await expect(connect(grid)).rejects.toThrow()
    grid.driver.enter(() => grid.world.faults.remove(fault))
    await new Promise(resolve => setImmediate(resolve))
    const again = await connect(grid)
    expect(await again.ask('system_chain')).toBe('Development')
    again.close()
  })

  it('find another chain after a reset', async () => {
    await start()
    const client = await connect(grid)
    const before = await client.ask('chain_getBlockHash', 0)
    grid.driver.enter(() => grid.world.faults.add({ kind: 'chain.reset' }))
    grid.advance(1)
    await client.closed
    const again = await connect(grid)
    const after = await again.ask('chain_getBlockHash', 0)
    expect(after).toMatch(/^0x[0-9a-f]{64}$/)
    expect(after).not.toBe(before)
    again.close()
  })

  it('hear of final blocks as far as finality goes', async () => {
    await start()
    const client = await connect(grid)
    grid.driver.enter(() => grid.world.faults.add({ kind: 'chain.finality-lag', blocks: 5 }))
    await client.ask('dev_newBlock', { count: 10 })
    const best = number(await client.ask('chain_getHeader'))
    let final = 0
    // Finality comes by wall time, so that clients see `inBlock` first.
    while (final < best - 5) {
      const hash = await client.ask('chain_getFinalizedHead')
      final = number(await client.ask('chain_getHeader', hash))
      expect(final).toBeLessThanOrEqual(best - 5)
    }
    client.close()
  })
})
