// A world that outlives its process: what comes from outside is recorded, and comes again after a restart.

import { chainControl } from '../chain/rpc/control.ts'
import type { DevControl } from '../chain/rpc/port.ts'
import type { GridConfig, WorldConfig } from '../config/config.ts'
import { invariant } from '../kernel/errors.ts'
import type { BusMessage } from '../rmb/bus.ts'
import type { KycChange } from '../services/kyc/table.ts'
import { type Behaviours, behavioursOf } from '../zos/behaviours.ts'
import { Journal } from './journal.ts'
import { createWorld, type World } from './world.ts'

/** A world with the doors through which it is changed from outside. */
export interface KeptWorld {
  readonly world: World
  /** Changes by hand: edits of the chain, time, snapshots. */
  readonly control: DevControl
  /** To be told of each message from outside before it enters. */
  onMessage(message: BusMessage): void
  /** Changes who is verified. */
  changeKyc(change: KycChange): void
  /** To be told when events may have happened, before anybody outside hears of them. */
  onReached(): void
  close(): Promise<void>
}

/** Moves the world's time forward to a moment. */
export type Advance = (at: number) => void

/**
 * Opens the world of a configuration: a new one, or with a data directory the one that it holds, led through all
 * that happened to it and on to the present. `advance` and `onReverted` are called once the world runs.
 */
export async function openWorld(
  config: GridConfig,
  options: {
    relay: string
    advance: Advance
    onReverted: () => void
  } & Behaviours,
): Promise<KeptWorld> {
  const { accounts, dataDir } = config
  const worldConfig = worldPartOf(config)
  const journal = dataDir === undefined ? null : await Journal.open(dataDir)
  const kept = journal?.origin(worldConfig, accounts) ?? null
  const { relay } = options
  const origin = kept ?? { config: worldConfig, startAt: Date.now(), relay, accounts }
  const world = createWorld(worldConfig, {
    ...origin,
    heartbeat: true,
    userScheme: 'sr25519',
    ...behavioursOf(options),
    isIndexed: true,
  })
  const { kernel, chain } = world
  let advance: Advance = at => void kernel.runUntil(at)
  const bare = chainControl(chain, { advance: ms => advance(kernel.now() + ms) })
  const control = recorded(bare, journal, world, options.onReverted)
  if (journal && kept) {
    replay(world, bare, journal)
    // Clients compare the chain's time with their own: it went on while nobody looked.
    const missing = Date.now() - kernel.now()
    if (missing > 0) control.advance(missing)
  } else journal?.begin(origin)
  advance = options.advance
  if (journal) {
    chain.listen({ onTaken: bytes => journal.record(kernel, 'chain.submit', bytes) })
  }
  return {
    world,
    control,
    onMessage: message => journal?.record(kernel, 'rmb.message', message),
    changeKyc: change => {
      journal?.record(kernel, 'kyc.change', change)
      world.kyc.apply(change)
    },
    onReached: () => journal?.reach(kernel),
    close: async () => journal?.close(),
  }
}

/** The control of a world whose changes by hand are recorded. */
function recorded(
  bare: DevControl,
  journal: Journal | null,
  { kernel }: World,
  onReverted: () => void,
): DevControl {
  return {
    edit(edit) {
      const { handledEvents: place } = kernel
      const at = kernel.now()
      const problem = bare.edit(edit)
      if (problem === null) journal?.recordAt({ place, at }, 'chain.edit', edit)
      return problem
    },
    advance(ms) {
      journal?.record(kernel, 'time.advanceTo', kernel.now() + ms)
      bare.advance(ms)
    },
    snapshot() {
      journal?.record(kernel, 'world.snapshot', null)
      return bare.snapshot()
    },
    revert(id) {
      journal?.record(kernel, 'world.revert', id)
      const isDone = bare.revert(id)
      if (isDone) onReverted()
      return isDone
    },
  }
}

/** Everything that came from outside comes again, each at its place. */
function replay({ kernel, chain, bus, kyc }: World, control: DevControl, journal: Journal): void {
  bus.connectOutside({ deliver: () => undefined, isConnected: () => true })
  journal.replay(kernel, {
    'chain.submit': bytes => {
      const taken = chain.submitBytes(Uint8Array.from(bytes), { wasTaken: true })
      invariant(taken.ok, 'an extrinsic that was taken once is taken again')
    },
    'rmb.message': message => bus.inject(message),
    'kyc.change': change => kyc.apply(change),
    'chain.edit': edit => {
      invariant(control.edit(edit) === null, 'a change that was made once is made again')
    },
    'world.snapshot': () => void control.snapshot(),
    'world.revert': id => void control.revert(id),
    'time.advanceTo': at => void kernel.runUntil(at),
  })
  // What closed the instant of the last input closes it again.
  kernel.runUntil(kernel.now())
  bus.connectOutside(null)
}

/** What of a configuration makes the world, as opposed to how it is run. */
function worldPartOf(config: GridConfig): WorldConfig {
  const { seed, network, farms, users, blocks, strictRelay, kyc, lagMs } = config
  return { seed, network, farms, users, blocks, strictRelay, kyc, lagMs }
}
