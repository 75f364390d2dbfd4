// A grid to which random things are done from outside, and which is asked to go back to what it was.

import { expect } from 'vitest'
import { checkGrid, type GridInput } from '../../../src/config/config.ts'
import { fromHex } from '../../../src/crypto/hex.ts'
import type { FaultInput } from '../../../src/faults/schema.ts'
import { type HistoryEnd, readHistory } from '../../../src/grid/history.ts'
import { type KeptWorld, openWorld, replayHistory } from '../../../src/grid/kept-world.ts'
import { Driver } from '../../../src/kernel/driver.ts'
import { alice, bob, signed, TestClock } from '../../chain/rpc/support.ts'
import { callDrawer, type Draw, drawsOf, storedAt } from '../../chain/support/random.ts'

const anyCall = callDrawer(['Timestamp.set'])

/** Where a grid stood at the end of a moment, as far as one can see. */
interface Seen {
  readonly at: number
  readonly end: Omit<HistoryEnd, 'inputs' | 'place'>
  /** Values of the chain by raw key. */
  readonly stored: unknown
  /** The nodes with their phases and what is deployed. */
  readonly nodes: unknown
}

/** A kept world on a clock that the test moves. */
export async function keptWorld(input: GridInput): Promise<{
  kept: KeptWorld
  driver: Driver
  clock: TestClock
  close(): Promise<void>
}> {
  const checked = checkGrid(input)
  if (!checked.ok) throw new TypeError(JSON.stringify(checked.problems))
  const kept: KeptWorld = await openWorld(checked.config, {
    relay: 'localhost',
    advance: at => driver.advanceTo(at),
    onReverted: () => undefined,
  })
  const clock = new TestClock()
  const driver: Driver = new Driver({
    kernel: kept.world.kernel,
    mode: { type: 'real' },
    clock,
    onFailure: cause => {
      throw cause
    },
    onReached: () => kept.onReached(),
  })
  driver.start()
  const close = () => {
    driver.stop()
    return kept.close()
  }
  return { kept, driver, clock, close }
}

/** Does random things to a grid, and notes where it stood on the way. */
export class Rover {
  readonly seen: Seen[] = []
  readonly #kept: KeptWorld
  readonly #driver: Driver
  readonly #clock: TestClock
  readonly #draw: Draw
  #names = 0

  constructor(
    { kept, driver, clock }: { kept: KeptWorld; driver: Driver; clock: TestClock },
    seed: number,
  ) {
    this.#kept = kept
    this.#driver = driver
    this.#clock = clock
    this.#draw = drawsOf(seed)
  }

  /** Does so many things; now and then goes back, to snapshots and to moments alike. */
  rove(actions: number): void {
    for (let i = 0; i < actions; i += 1) {
      this.#act()
      if (this.#draw(5) === 0) this.#look()
      if (this.#draw(40) === 0) this.#goBack()
    }
  }

  /** Goes back to a moment that was noted, and compares. */
  expectReturn(seen = this.seen[this.#draw(this.seen.length)]!): void {
    const { control, world } = this.#kept
    const { kernel, chain } = world
    let now = 0
    // What holds at the moment itself is looked at in the step before time goes on from where it was.
    let there: Pick<Seen, 'stored' | 'nodes'> | null = null
    const { resumeAt } = chain
    chain.resumeAt = at => {
      if (at === now) there = this.#view()
      resumeAt.call(chain, at)
    }
    try {
      const end = this.#driver.enter(() => {
        now = kernel.now()
        return control.rewind(seen.at)
      })
      expect(visible(end)).toEqual(seen.end)
      expect(there).toEqual({ stored: seen.stored, nodes: seen.nodes })
    } finally {
      chain.resumeAt = resumeAt
    }
    expect(world.kernel.now()).toBeGreaterThanOrEqual(now)
  }

  /** A fresh world that is led through the whole history stands where this one does. */
  expectSameHistory(): void {
    const end = this.#driver.enter(() => {
      this.#kept.world.kernel.runUntil(this.#kept.world.kernel.now())
      return this.#kept.end()
    })
    const again = replayHistory(readHistory(this.#kept.history()))
    expect(again.end).toEqual(end)
    expect(viewOf(again.world)).toEqual(viewOf(this.#kept.world))
  }

  #act(): void {
    try {
      this.#driver.enter(() => this.#doOne())
    } catch (cause) {
      // A chain that was wiped has no nodes for a while.
      if (!/there is no node/.test(String(cause))) throw cause
    }
    this.#clock.advance(this.#draw(20_000))
  }

  #doOne(): void {
    const { control, hand, world } = this.#kept
    const draw = this.#draw
    switch (draw(9)) {
      case 0:
      case 1:
      case 2: {
        const pair = draw(2) === 0 ? alice : bob
        const nonce = world.chain.nextNonceOf(pair.accountId)
        world.chain.submitBytes(fromHex(signed(world.chain, pair, anyCall(draw), { nonce })))
        break
      }
      case 3:
        this.#names += 1
        hand['machine.deploy']({ user: 'alice', nodeId: 1 + draw(2), name: `vm${this.#names}` })
        break
      case 4:
        hand['node.act']({
          nodeId: 1 + draw(2),
          action: { type: (['crash', 'boot', 'reboot'] as const)[draw(3)]! },
        })
        break
      case 5:
        hand['fault.add'](this.#fault())
        break
      case 6:
        control.snapshot(draw(2) === 0 ? null : `s${draw(1000)}`)
        break
      case 7: {
        const known = control.snapshots()
        if (known.length > 0 && draw(3) === 0) control.release(known[draw(known.length)]!.id)
        else control.edit({ type: 'setInstantGap', ms: draw(2000) })
        break
      }
      case 8:
        control.advance(draw(8) === 0 ? draw(24 * 3_600_000) : draw(60_000))
        break
    }
  }

  #fault(): FaultInput {
    const draw = this.#draw
    const time = { afterMs: draw(60_000), forMs: 1000 * draw(100) }
    const faults: readonly FaultInput[] = [
      { kind: 'rmb.loss', chance: 0.5, ...time },
      { kind: 'rmb.delay', jitterMs: 5000, ...time },
      { kind: 'chain.retract', blocks: 1 + draw(40), isLost: draw(2) === 0 },
      { kind: 'chain.halt', ...time },
      { kind: 'chain.finality-lag', ...time },
      { kind: 'node.crash', nodes: [1 + draw(2)], ...time },
      draw(6) === 0 ? { kind: 'chain.reset' } : { kind: 'relay.down', ...time },
    ]
    return faults[draw(faults.length)]!
  }

  #goBack(): void {
    const { control, world } = this.#kept
    const known = control.snapshots()
    this.#driver.enter(() => {
      if (known.length > 0 && this.#draw(2) === 0) {
        expect(control.revert(known[this.#draw(known.length)]!.id)).toBe(true)
      } else {
        const { begin } = this.#kept.past
        control.rewind(begin + this.#draw(world.kernel.now() - begin + 1))
      }
    })
    this.#clock.advance(1 + this.#draw(1000))
  }

  /** Notes the end of the present moment: nothing enters in it any more. */
  #look(): void {
    const { kernel } = this.#kept.world
    this.#driver.enter(() => {
      kernel.runUntil(kernel.now())
      this.seen.push({ at: kernel.now(), end: visible(this.#kept.end()), ...this.#view() })
    })
    this.#clock.advance(1 + this.#draw(1000))
  }

  #view(): Pick<Seen, 'stored' | 'nodes'> {
    return viewOf(this.#kept.world)
  }
}

function visible({ at, digest, block, blockHash }: HistoryEnd): Seen['end'] {
  return { at, digest, block, blockHash }
}

function viewOf({ chain, nodes }: KeptWorld['world']): Pick<Seen, 'stored' | 'nodes'> {
  return {
    stored: storedAt(chain, chain.best()),
    nodes: nodes.list().map(({ nodeId, phase }) => ({
      nodeId,
      phase,
      deployments: nodeId === 0 ? [] : nodes.deploymentsOf(nodeId),
    })),
  }
}
