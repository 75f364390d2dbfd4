// A grid's chain and relay in containers: they start, serve, and are gone again, whatever goes wrong.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { GridInput } from '../../src/config/config.ts'
import { type JoinedGrid, joinGrid } from '../../src/grid/remote-grid.ts'
import type { GridError } from '../../src/kernel/errors.ts'
import { images } from './images.ts'
import { containers, deployMachine, docker, missingImages } from './support.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const chain = `docker:${images.chain}`
const relay = `docker:${images.relay}`

const input = (more: GridInput = {}): GridInput => ({
  chain,
  port: 0,
  farms: [{ name: 'outer', nodes: 2 }],
  ...more,
})

/** The program in a process of its own, with what it has said. */
function start(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { out: '', err: '' }
  child.stdout.on('data', data => {
    said.out += String(data)
  })
  child.stderr.on('data', data => {
    said.err += String(data)
  })
  return { child, said, ended: once(child, 'exit') as Promise<[number | null]> }
}

describe.skipIf(missingImages)(
  `parts in containers${missingImages && ` (${missingImages})`}`,
  () => {
    beforeEach(() => {
      vi.stubEnv('POCKETGRID_REDIS_IMAGE', images.redis)
    })

    afterEach(() => {
      // The rule of every test: nothing is left behind.
      expect(containers()).toEqual([])
    })

    const refusalOf = (given: GridInput): Promise<GridError | string> =>
      joinGrid(given).then(
        async grid => {
          await grid.close()
          return 'none'
        },
        (error: GridError) => error,
      )

    it('are a chain and a relay on which nodes register, and to which real clients deploy', async () => {
      const grid: JoinedGrid = await joinGrid(input({ relay }))
      try {
        expect(containers().toSorted()).toEqual(
          [images.chain, images.redis, images.relay].map(image => `${image} running`),
        )
        const { accounts, endpoints, nodes } = grid.info()
        expect(nodes).toHaveLength(2)
        expect(grid.sessions()).toBe(2)
        // The chain takes no ports in relay strings, as the real one: the twin keeps the one that it has.
        const person = accounts.find(({ name }) => name === 'alice')!
        await deployMachine({ endpoints, person, node: nodes[0]!, isStrict: true })
      } finally {
        await grid.close()
      }
    })

    it('are a chain alone, on a port that was asked for', async () => {
      const server = createServer().listen(0, '0.0.0.0')
      await once(server, 'listening')
      const { port } = server.address() as { port: number }
      const taken = (await refusalOf(input({ chainPort: port }))) as GridError
      expect(taken.code).toBe('GRID_PORT_IN_USE')
      expect(taken.message).toContain(`port ${port}`)
      server.close()
      await once(server, 'close')
      const grid = await joinGrid(input({ chainPort: port }))
      expect(grid.info().endpoints.substrate).toBe(`ws://localhost:${port}`)
      await grid.close()
    })

    it('say which image is missing', async () => {
      const missing = (await refusalOf(
        input({ chain: 'docker:localhost:1/no/such:1' }),
      )) as GridError
      expect(missing.code).toBe('GRID_CONTAINER_FAILED')
      expect(missing.message).toContain('the chain (localhost:1/no/such:1)')
      expect(missing.hint).toMatch(/^docker pull localhost:1\/no\/such:1/)
      const relayMissing = await refusalOf(input({ relay: 'docker:localhost:1/no/relay:1' }))
      expect((relayMissing as GridError).message).toContain('the relay (localhost:1/no/relay:1)')
    })

    it('say what a container said that ended before it answered', async () => {
      const failed = (await refusalOf(input({ chain: `docker:${images.failing}` }))) as GridError
      expect(failed.code).toBe('GRID_CONTAINER_FAILED')
      expect(failed.message).toMatch(/has ended with status 3; it said:\nthe database is broken$/)
    })

    it('end the grid when a container ends by itself, and take the others along', async () => {
      let hear: (error: Error) => void = () => undefined
      const heard = new Promise<Error>(resolve => {
        hear = resolve
      })
      const grid = await joinGrid(input({ relay }), { onFailure: error => hear(error) })
      const id = docker('ps', '--quiet', '--filter', `ancestor=${images.chain}`)
      docker('kill', id)
      const error = await heard
      expect(error.message).toMatch(/the chain \(.*\) has ended with status 137/)
      expect(containers()).toEqual([])
      await grid.close()
    })

    it('leave nothing when a signal comes while they start', async () => {
      const { child, ended } = start(['nodes', '--chain', chain, '--relay', relay, '--count', '1'])
      await expect.poll(() => containers().length, { timeout: 20_000 }).toBeGreaterThan(0)
      child.kill('SIGINT')
      expect((await ended)[0]).toBe(1)
    })

    it('are cleaned up by the next start when their process was killed', async () => {
      const { child, ended } = start([
        'up',
        '--chain',
        chain,
        '--nodes',
        '0',
        '--port',
        '0',
        '--json',
      ])
      await once(child.stdout!, 'data')
      child.kill('SIGKILL')
      await ended
      expect(containers()).toEqual([`${images.chain} running`])
      const grid = await joinGrid(input())
      expect(containers()).toEqual([`${images.chain} running`])
      await grid.close()
    })

    it('need an engine, and say so', async () => {
      const nowhere = { DOCKER_HOST: 'tcp://127.0.0.1:1', PATH: '', XDG_RUNTIME_DIR: '/nowhere' }
      const { said, ended } = start(['up', '--chain', chain, '--port', '0'], nowhere)
      expect((await ended)[0]).toBe(2)
      expect(said.err).toMatch(
        /^GRID_CONTAINER_FAILED: .*no container engine answers\n.*DOCKER_HOST/,
      )
    })
  },
)
