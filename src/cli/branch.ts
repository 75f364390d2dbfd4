// A branch of a running grid: `pocketgrid up --snapshot` in a process of its own, which ends with the one that started it.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BranchOrder, BranchProcess } from '../grid/branches.ts'
import { gridError } from '../kernel/errors.ts'

const main = fileURLToPath(new URL('./main.js', import.meta.url))

/** What is kept of what a process says of its failure, in characters. */
const mostWords = 4000

/** The longest description that is read, in characters: that of a grid of very many nodes. */
const longestInfo = 64 << 20

/** How long a process has after SIGTERM, in ms. */
const endWithinMs = 3_000

/** Starts a process that leads a new grid through a history, and serves it on free ports. */
export function startBranch({ history, ...order }: BranchOrder): BranchProcess {
  const folder = mkdtempSync(join(tmpdir(), 'pocketgrid-branch-'))
  const snapshot = join(folder, 'history')
  const config = join(folder, 'grid.json')
  writeFileSync(snapshot, history, { mode: 0o600 })
  // Words can be read by everybody on the machine, the token in a file of one's own cannot.
  const settings = { ...order, port: 0, chainPort: 0, frontPort: false }
  writeFileSync(config, JSON.stringify(settings), { mode: 0o600 })
  const words = ['up', '--snapshot', snapshot, '--config', config, '--json', '--ends-with-stdin']
  const child = spawn(process.execPath, [main, ...words], {
    // It hears of the end of this process, however that comes, by the end of its input.
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.on('error', () => undefined)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    said = (said + piece).slice(-mostWords)
  })
  const ended = new Promise<void>(done => {
    child.once('error', error => {
      said += error.message
      done()
    })
    child.once('close', () => done())
  }).then(() => rmSync(folder, { recursive: true, force: true }))
  const ready = new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
      if (text.length > longestInfo) {
        said = 'it describes itself at too great a length'
        child.kill('SIGKILL')
        return
      }
      if (!text.endsWith('\n')) return
      rmSync(folder, { recursive: true, force: true })
      resolve((JSON.parse(text) as { endpoints: Record<string, unknown> }).endpoints)
      text = ''
    })
    void ended.then(() => reject(gridError('GRID_BRANCH_FAILED', { detail: said.trim() })))
  })
  return {
    ready,
    ended,
    async stop() {
      child.kill('SIGTERM')
      const kill = setTimeout(() => child.kill('SIGKILL'), endWithinMs)
      await ended
      clearTimeout(kill)
    },
  }
}
