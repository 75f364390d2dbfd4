// Plays a scenario twice and compares the two histories, entry by entry, while the second one happens.

import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { World } from '../../grid/world.ts'
import { gridErrors } from '../../kernel/errors.ts'
import { lineOf } from '../../kernel/trace.ts'
import type { ScenarioReport } from '../runner.ts'

const pieceLength = 1 << 20

/** The history of the first run, as lines in a file: it may be longer than the memory. */
class Lines {
  readonly #folder = mkdtempSync(join(tmpdir(), 'pocketgrid-histories-'))
  readonly #path = join(this.#folder, 'first')
  #file = openSync(this.#path, 'w')
  #pieces: string[] = []
  #length = 0

  put(line: string): void {
    this.#pieces.push(line)
    this.#length += line.length
    if (this.#length >= pieceLength) this.#flush()
  }

  /** From now on the lines are read again, from the first. */
  rewind(): void {
    this.#flush()
    closeSync(this.#file)
    this.#file = openSync(this.#path, 'r')
  }

  readonly #buffer = Buffer.alloc(pieceLength)
  #rest = Buffer.alloc(0)
  #ready: string[] = []
  #next = 0

  /** The next line, or null when there is none. */
  take(): string | null {
    while (this.#next >= this.#ready.length) {
      const read = readSync(this.#file, this.#buffer, 0, this.#buffer.length, null)
      if (read === 0) return null
      const bytes = Buffer.concat([this.#rest, this.#buffer.subarray(0, read)])
      const end = bytes.lastIndexOf(separator)
      this.#rest = bytes.subarray(end + 1)
      this.#ready = end === -1 ? [] : bytes.subarray(0, end).toString('utf8').split('\0')
      this.#next = 0
    }
    this.#next += 1
    return this.#ready[this.#next - 1]!
  }

  remove(): void {
    closeSync(this.#file)
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #flush(): void {
    if (this.#pieces.length === 0) return
    // Names of people's things may hold line ends, but nothing in a trace holds a NUL that matters.
    writeSync(this.#file, this.#pieces.map(each => `${each.replaceAll('\0', '␀')}\0`).join(''))
    this.#pieces = []
    this.#length = 0
  }
}

const separator = 0

/** A place at which two histories part: the entry of each, null where one has ended. */
export interface Difference {
  readonly first: string | null
  readonly second: string | null
}

/** What the chain of a run held at its end, as far as its history reaches back. */
interface Blocks {
  readonly first: number
  readonly hashes: readonly string[]
  /** What was called in the blocks that hold something. */
  readonly calls: ReadonlyMap<number, string>
}

/** Characters of a block's calls that a report names. */
const mostCallText = 600

function blocksOf({ chain: { archive } }: World): Blocks {
  const hashes: string[] = []
  const calls = new Map<number, string>()
  for (let block = archive.floor; block <= archive.best; block += 1) {
    hashes.push(archive.hashOf(block))
    const { extrinsics = [] } = archive.contentOf(block) ?? {}
    const texts = extrinsics.map(({ extrinsic: { signer, call } }) => `${signer} ${textOf(call)}`)
    if (texts.length > 0) calls.set(block, texts.join('; ').slice(0, mostCallText))
  }
  return { first: archive.floor, hashes, calls }
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'bigint' ? String(each) : each,
  )
}

/** The first block that two chains do not share: what was called may differ where the events do not tell. */
function differentBlock(first: Blocks | null, second: Blocks | null): Difference | null {
  if (!first || !second) return null
  const from = Math.max(first.first, second.first)
  const until = Math.max(first.first + first.hashes.length, second.first + second.hashes.length)
  for (let block = from; block < until; block += 1) {
    const [a, b] = [first, second].map(each => each.hashes[block - each.first])
    if (a === b) continue
    const [left, right] = [first, second].map(
      each => `block ${block}: ${each.calls.get(block) ?? 'no calls'}`,
    )
    return { first: left!, second: right! }
  }
  return null
}

/** How a scenario is played once: `onWorld` is given its world before its script begins. */
export type PlayOnce = (
  onWorld: (world: World) => () => void,
  isFirst: boolean,
) => Promise<ScenarioReport>

/** Plays twice; the report is the first one, failed when the second history was another. */
export async function compareRuns(play: PlayOnce): Promise<ScenarioReport> {
  const lines = new Lines()
  try {
    let begin = ''
    const blocks: Blocks[] = []
    const following = (world: World, stop: () => void) => () => {
      stop()
      blocks.push(blocksOf(world))
    }
    const first = await play(world => {
      begin = beginOf(world)
      return following(
        world,
        world.kernel.trace.listen(entry => lines.put(lineOf(entry))),
      )
    }, true)
    lines.rewind()
    let difference: Difference | null = null
    const second = await play(world => {
      const own = beginOf(world)
      if (own !== begin) difference = { first: begin, second: own }
      const stop = world.kernel.trace.listen(entry => {
        if (difference !== null) return
        const line = lineOf(entry)
        const expected = lines.take()
        if (line.replaceAll('\0', '␀') !== expected) difference = { first: expected, second: line }
      })
      return following(world, stop)
    }, false)
    if (difference === null) {
      const rest = lines.take()
      if (rest !== null) difference = { first: rest, second: null }
      else {
        const [left = null, right = null] = blocks
        difference = differentBlock(left, right) ?? differenceOf(first, second)
      }
    }
    return difference === null ? first : failed(first, difference)
  } finally {
    lines.remove()
  }
}

/** Where a script finds its world. */
function beginOf({ kernel }: World): string {
  return `${kernel.trace.length} ${kernel.now()} the world before the script, digest ${kernel.trace.digest()}`
}

/** What two runs say of themselves although their events are the same. */
function differenceOf(first: ScenarioReport, second: ScenarioReport): Difference | null {
  const names = ['failure', 'steps', 'sometimes', 'digest', 'blocks', 'virtualMs'] as const
  for (const name of names) {
    const texts = [first, second].map(report => JSON.stringify(report[name]))
    if (texts[0] !== texts[1])
      return { first: `${name} ${texts[0]}`, second: `${name} ${texts[1]}` }
  }
  return null
}

function failed(report: ScenarioReport, { first, second }: Difference): ScenarioReport {
  const lines = [
    `GRID_NOT_DETERMINISTIC: ${gridErrors.GRID_NOT_DETERMINISTIC.title}`,
    'The first event that differs:',
    `  first run   ${first ?? 'has ended'}`,
    `  second run  ${second ?? 'has ended'}`,
    ...(report.failure === null ? [] : ['The first run had failed besides:', report.failure]),
  ]
  return { ...report, isPassed: false, failure: lines.join('\n') }
}
