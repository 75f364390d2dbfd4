// A real Redis server, where the machine has one, to compare with.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RespClient } from './resp-client.ts'

const program = 'redis-server'

/** Whether there is one; tests that need it say so when they are skipped. */
export const hasRealRedis = spawnSync(program, ['--version']).status === 0

/** A running server. */
export interface RealRedis {
  readonly port: number
  close(): Promise<void>
}

/** Starts one in memory, on a free port of this machine. */
export async function startRealRedis(): Promise<RealRedis> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'pocketgrid-redis-'))
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  const child = spawn(program, options, { stdio: ['ignore', 'pipe', 'ignore'] })
  await ready(child)
  return {
    port,
    close: () =>
      new Promise(resolve => {
        child.once('exit', () => {
          rmSync(folder, { recursive: true, force: true })
          resolve()
        })
        child.kill()
      }),
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      if (text.includes('Ready to accept connections')) resolve()
    })
    child.once('exit', code => reject(new Error(`redis-server ended with ${code}: ${text}`)))
  })
}

/** A client of it. */
export const openRealRedis = ({ port }: RealRedis): Promise<RespClient> => RespClient.open(port)
