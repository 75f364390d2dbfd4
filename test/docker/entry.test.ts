// What the image runs, without an engine: when it waits, and for what.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { missingBuild } from '../interop/support.ts'

const entry = fileURLToPath(new URL('../../docker/entry.mjs', import.meta.url))

/** A chain that is being started: it has no block yet when it is asked for the first times. */
async function startingChain(
  asks: number,
): Promise<{ server: Server; port: number; log: string[] }> {
  const log: string[] = []
  const server = createServer((request, response) => {
    request.resume()
    const number = log.length < asks ? '0x0' : '0x1'
    log.push(`block ${number}`)
    response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { number } }))
  })
  server.on('upgrade', (_, socket) => {
    log.push('connected')
    socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port, log }
}

describe.skipIf(missingBuild)('the program of the image', () => {
  const running: ChildProcess[] = []
  const servers: Server[] = []

  afterEach(() => {
    for (const child of running.splice(0)) child.kill('SIGKILL')
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      server.close()
    }
  })

  const start = (args: string[], env: Record<string, string>) => {
    const child = spawn(process.execPath, [entry, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.push(child)
    const said = { text: '' }
    child.stderr.on('data', data => {
      said.text += String(data)
    })
    return { child, said, ended: once(child, 'exit') as Promise<[number | null]> }
  }

  const nodesAt = (port: number) => {
    const url = `ws://127.0.0.1:${port}`
    return ['nodes', `--chain=${url}`, '--relay', url, '--count', '1', '--port', '0']
  }

  it('waits for the first block of a chain before it connects, when it is told to', async () => {
    const { server, port, log } = await startingChain(2)
    servers.push(server)
    const { ended } = start(nodesAt(port), { POCKETGRID_PATIENCE: '30' })
    expect((await ended)[0]).not.toBe(0)
    expect(log.slice(0, 3)).toEqual(['block 0x0', 'block 0x0', 'block 0x1'])
    expect(log.at(-1)).toBe('connected')
  }, 30_000)

  it('waits no longer than it is told to, and then says what is missing', async () => {
    const { server, port } = await startingChain(0)
    server.close()
    const { said, ended } = start(nodesAt(port), { POCKETGRID_PATIENCE: '0.1' })
    expect((await ended)[0]).toBe(2)
    expect(said.text).toMatch(/GRID_(CHAIN|RELAY)_UNREACHABLE/)
  }, 30_000)

  it('ends at once when it is told to while it waits', async () => {
    const { server, port, log } = await startingChain(1_000_000)
    servers.push(server)
    const { child, ended } = start(nodesAt(port), { POCKETGRID_PATIENCE: '60' })
    await expect.poll(() => log.length, { timeout: 10_000 }).toBeGreaterThan(0)
    child.kill('SIGTERM')
    expect((await ended)[0]).toBe(0)
    expect(log).not.toContain('connected')
  }, 30_000)

  it('plays the part of its pod: by the index of a Job, or the number at the end of its name', async () => {
    // The program says which part it would have played: 4 of 3 is none.
    for (const env of [{ JOB_COMPLETION_INDEX: '3' }, { HOSTNAME: 'nodes-3' }]) {
      const { said, ended } = start(nodesAt(1), { POD_COUNT: '3', ...env })
      expect((await ended)[0]).not.toBe(0)
      expect(said.text).toMatch(/value '4\/3' from env 'POCKETGRID_SHARD'/)
    }
  }, 30_000)
})
