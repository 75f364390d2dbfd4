// What all benchmarks share: a calibration loop, a grid in a process of its own, a raw JSON-RPC client.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { WebSocket } from 'ws'

/** Units of a fixed piece of integer and object work that this machine does in a second, in millions. */
export function calibrate() {
  const once = () => {
    const from = performance.now()
    let h = 1
    const seen = new Map()
    for (let i = 0; i < 2_000_000; i += 1) {
      h = Math.imul(h ^ i, 0x01000193) >>> 0
      if ((i & 15) === 0) seen.set(h & 4095, { h, i })
    }
    return 2 / ((performance.now() - from) / 1000)
  }
  const runs = Array.from({ length: 7 }, once).sort((a, b) => a - b)
  return runs[3]
}

/** Prints a figure, and what it is per calibration unit so that machines can be compared. */
export function print(name, value, unit, calibration) {
  const ratio = unit.endsWith('/s') ? value / calibration : value * calibration
  const shown = value >= 100 ? value.toFixed(0) : value.toFixed(2)
  console.log(
    `${name.padEnd(52)} ${shown.padStart(10)} ${unit.padEnd(6)} ratio ${ratio.toFixed(1)}`,
  )
}

/** Bytes in use when nothing is left to collect, in the heap and beside it. */
export function memoryInUse() {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  for (let i = 0; i < 3; i += 1) collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** Starts `pocketgrid up --json` on free ports; resolves with its description and the ms that it took. */
export async function startGrid(...args) {
  const from = performance.now()
  const child = spawn(
    process.execPath,
    [main, 'up', '--json', '--chain-port', '0', '--port', '0', ...args],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const lines = createInterface({ input: child.stdout })
  const line = await new Promise((resolve, reject) => {
    lines.once('line', resolve)
    child.once('exit', code => reject(new Error(`up ended with ${code}`)))
  })
  const info = JSON.parse(line)
  await (await fetch(`${info.endpoints.control}/health`)).json()
  const ms = performance.now() - from
  const residentMb = () => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024
  }
  const stop = () =>
    new Promise(resolve => {
      child.removeAllListeners('exit')
      child.once('exit', resolve)
      child.kill('SIGTERM')
    })
  return { info, ms, residentMb, stop }
}

/** A JSON-RPC client with nothing between it and the socket. */
export async function connect(url) {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  let lastId = 0
  const waiting = new Map()
  socket.on('message', data => {
    const message = JSON.parse(String(data))
    const settle = waiting.get(message.id)
    if (!settle) return
    waiting.delete(message.id)
    if (message.error) settle.reject(new Error(JSON.stringify(message.error)))
    else settle.resolve(message.result)
  })
  const call = (method, ...params) =>
    new Promise((resolve, reject) => {
      lastId += 1
      waiting.set(lastId, { resolve, reject })
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: lastId, method, params }))
    })
  return { call, close: () => socket.close() }
}
