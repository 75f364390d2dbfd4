// The processes that play further nodes of this grid: who has announced itself, which nodes it plays, and whether it is still there.

import { isIPv6 } from 'node:net'
import { z } from 'zod'
import { tfgrid } from '../chain/pallets/tfgrid/declaration.ts'
import type { Driver } from '../kernel/driver.ts'
import { GridError, gridError } from '../kernel/errors.ts'
import type { Announcement, MemberItem } from '../services/control/ports.ts'
import { type MemberLine, MemberLost, memberLine } from './member-line.ts'
import type { World } from './world.ts'

/** A process that has not announced itself for so long is gone, in ms of wall time: it does so every two seconds. */
const silentMs = 7_000

/** How long a process that another one takes the place of may take to answer, in ms of wall time. */
const presentMs = 2_000

/** Processes that may be there at once. */
const mostMembers = 1_000

const amount = z.string().regex(/^\d{1,20}$/)

/** What a process tells of itself: it is believed nothing that has not the right shape. */
const toldSchema = z.object({
  accounts: z.array(
    z.object({
      mnemonic: z.string().max(1_000),
      address: z.string().max(64),
      twinId: z.int().min(1),
      keyType: z.enum(['sr25519', 'ed25519']),
      free: amount,
    }),
  ),
  farms: z.array(
    z.object({ id: z.int().min(1), name: z.string().max(100), twinId: z.int().min(1) }),
  ),
  nodes: z.array(
    z.object({
      id: z.int().min(1),
      twinId: z.int().min(1),
      farmId: z.int().min(1),
      profile: z.string().max(200),
      cru: z.int().min(0),
      mru: amount,
      sru: amount,
      hru: amount,
    }),
  ),
})

type Told = z.output<typeof toldSchema>

/** A process that plays nodes of this grid. */
export interface Member {
  readonly name: string
  readonly line: MemberLine
  /** By id: what it told of them. */
  readonly nodes: ReadonlyMap<number, Told['nodes'][number]>
  /** Its farms, with the accounts of their farmers. */
  readonly farms: Told['farms']
  readonly farmers: Told['accounts']
}

interface Entry extends Member {
  readonly announcement: Announcement
  /** Wall time in ms of its last announcement. */
  seenAt: number
}

/** A node of the chain that is none of this process. */
export interface ChainNode {
  readonly id: number
  readonly twinId: number
  readonly farmId: number
  readonly resources: { cru: bigint; mru: bigint; sru: bigint; hru: bigint }
}

/** Keeps who is there. */
export class Members {
  readonly #world: World
  readonly #driver: Driver
  readonly #onJoined: (member: Member) => Promise<void>
  readonly #entries = new Map<string, Entry>()
  /** One after the other for each name: a process is asked who it is once. */
  readonly #turns = new Map<string, Promise<void>>()

  constructor(options: {
    world: World
    driver: Driver
    /** A process has come, or plays other nodes now. */
    onJoined: (member: Member) => Promise<void>
  }) {
    this.#world = options.world
    this.#driver = options.driver
    this.#onJoined = options.onJoined
  }

  /** Those that are there. */
  live(): readonly Member[] {
    const now = Date.now()
    for (const [name, { seenAt }] of this.#entries) {
      if (now - seenAt > silentMs) this.#entries.delete(name)
    }
    return [...this.#entries.values()]
  }

  list(): readonly MemberItem[] {
    return this.live().map(({ name, line, nodes }) => ({
      name,
      control: line.control,
      nodes: [...nodes.keys()],
    }))
  }

  /** Who plays a node; null when nobody who is there does. */
  ownerOf(nodeId: number): Member | null {
    return this.live().find(({ nodes }) => nodes.has(nodeId)) ?? null
  }

  /** The nodes of the chain that are none of this process, in the order of their ids. */
  elsewhere(): readonly ChainNode[] {
    return this.#driver.enter(() => {
      const { nodes, chain } = this.#world
      const { NodeID, Nodes } = chain.runtime.txOf(tfgrid).state
      // Nearly every grid has all of its nodes in one process: they are not gone through.
      if (this.live().length === 0 && NodeID.get() <= nodes.list().length) return []
      const found: ChainNode[] = []
      for (let id = 1; id <= NodeID.get(); id += 1) {
        const node = nodes.indexOf(id) === null ? Nodes.get(id) : null
        if (!node) continue
        found.push({ id, twinId: node.twin_id, farmId: node.farm_id, resources: node.resources })
      }
      return found
    })
  }

  /**
   * Asks a process; when it is not there any more it is forgotten at once. Throws its own refusal, or
   * GRID_NODE_ELSEWHERE.
   */
  async ask(
    member: Member,
    method: string,
    path: string,
    body?: unknown,
    withinMs?: number,
  ): Promise<unknown> {
    try {
      return await member.line.ask(method, path, body, withinMs)
    } catch (cause) {
      if (!(cause instanceof MemberLost)) throw cause
      this.#forget(member)
      const detail = `${member.name}: ${cause.message}`
      throw gridError('GRID_NODE_ELSEWHERE', { detail, cause })
    }
  }

  /**
   * A process says that it is there, at the address that this comes from. Fails with GRID_CHAIN_DIFFERENT when its
   * nodes live on another chain, with GRID_NODE_ELSEWHERE when its control API does not answer.
   */
  async announce(announcement: Announcement, address: string): Promise<void> {
    const { name } = announcement
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(() =>
      this.#take(announcement, address),
    )
    const quiet = turn.catch(() => undefined)
    this.#turns.set(name, quiet)
    try {
      await turn
    } finally {
      if (this.#turns.get(name) === quiet) this.#turns.delete(name)
    }
  }

  async #take(announcement: Announcement, address: string): Promise<void> {
    const genesis = this.#driver.enter(() => this.#world.chain.genesisHash())
    if (announcement.genesisHash !== genesis) {
      throw gridError('GRID_CHAIN_DIFFERENT', { detail: `the nodes of ${announcement.name}` })
    }
    const control = `http://${hostOf(address)}:${announcement.port}/api`
    const known = this.#entries.get(announcement.name)
    if (known && isSame(known.announcement, announcement) && known.line.control === control) {
      known.seenAt = Date.now()
      return
    }
    if (known && known.announcement.secret !== announcement.secret && (await answers(known.line))) {
      const detail = `${announcement.name}: another process plays these nodes already`
      throw gridError('GRID_CONFIG_INVALID', { detail, hint: 'Give it another --seed or --shard.' })
    }
    if (!known && this.live().length >= mostMembers) {
      throw gridError('GRID_CONFIG_INVALID', { detail: `more than ${mostMembers} processes` })
    }
    const line = memberLine({ control, secret: announcement.secret })
    const entry = await this.#meet(announcement, line)
    this.#entries.set(announcement.name, entry)
    await this.#onJoined(entry)
  }

  /** Asks a process who it is. */
  async #meet(announcement: Announcement, line: MemberLine): Promise<Entry> {
    const { name } = announcement
    const told = toldSchema.safeParse(await asked(line))
    if (!told.success) {
      const detail = `${name}: what answers at ${line.control} is no process of nodes`
      throw gridError('GRID_NODE_ELSEWHERE', { detail })
    }
    const { nodes, farms, accounts } = told.data
    if (this.#areOwn(farms)) {
      const detail = `${name}: what answers at ${line.control} has farms of this process`
      throw gridError('GRID_CONFIG_INVALID', { detail })
    }
    const others = this.live().filter(each => each.name !== name)
    const isFree = (id: number) => others.every(each => !each.nodes.has(id))
    const onChain = new Map(this.elsewhereOf(nodes.map(({ id }) => id)))
    const own = nodes.filter(({ id, twinId }) => onChain.get(id) === twinId && isFree(id))
    return {
      name,
      line,
      announcement,
      nodes: new Map(own.map(node => [node.id, node])),
      farms,
      farmers: accounts.filter(({ twinId }) => farms.some(farm => farm.twinId === twinId)),
      seenAt: Date.now(),
    }
  }

  /** Whether farms are of this process: it would be asked by itself, and wait for its own answer. */
  #areOwn(farms: Told['farms']): boolean {
    const ids = this.#driver.enter(() => new Set(this.#world.farms.map(({ id }) => id)))
    return farms.some(({ id }) => ids.has(id))
  }

  /** Of these ids those of nodes of the chain that are none of this process, with their twins. */
  elsewhereOf(ids: readonly number[]): [number, number][] {
    return this.#driver.enter(() => {
      const { nodes, chain } = this.#world
      const { Nodes } = chain.runtime.txOf(tfgrid).state
      return ids.flatMap(id => {
        const node = nodes.indexOf(id) === null ? Nodes.get(id) : null
        return node ? [[id, node.twin_id] as [number, number]] : []
      })
    })
  }

  #forget(member: Member): void {
    if (this.#entries.get(member.name) === member) this.#entries.delete(member.name)
  }
}

/** Whether a process is still there. */
function answers(line: MemberLine): Promise<boolean> {
  return line.ask('GET', '/time', undefined, presentMs).then(
    () => true,
    () => false,
  )
}

/** The description of the process at the end of a line. GRID_NODE_ELSEWHERE when it gives none. */
async function asked(line: MemberLine): Promise<unknown> {
  try {
    return await line.ask('GET', '/info')
  } catch (cause) {
    if (cause instanceof GridError) throw cause
    const detail = `${line.control} cannot be reached from here`
    throw gridError('GRID_NODE_ELSEWHERE', { detail, cause })
  }
}

function isSame(a: Announcement, b: Announcement): boolean {
  return a.port === b.port && a.secret === b.secret && a.revision === b.revision
}

/** An address of a socket as it stands in a URL. */
function hostOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  return isIPv6(plain) ? `[${plain}]` : plain
}
