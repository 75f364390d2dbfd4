// Where scenarios are played: a world of their own, or the snapshot of a fixture that ran once for its seed.

import { checkWorld, problemText } from '../config/config.ts'
import { Invariants } from '../grid/invariants/invariants.ts'
import { createWorld, type World } from '../grid/world.ts'
import { gridError } from '../kernel/errors.ts'
import type { Snapshot } from '../kernel/kernel.ts'
import { type Behaviours, behavioursOf } from '../zos/behaviours.ts'
import type { Fixture, ScenarioGrid } from './define.ts'
import { GridView } from './grid-view.ts'
import { Play, type Theatre } from './play.ts'
import { ScriptHost } from './script.ts'
import { Stage } from './stage.ts'

/** Virtual time at which scenarios begin: 2026-01-01T00:00:00Z, the same for all and for ever. */
export const scenarioEpoch = 1_767_225_600_000

/** The relay string of twins in scenarios: nobody outside connects to it. */
const scenarioRelay = 'relay.pocketgrid'

/** What a world of a scenario or fixture is made of. */
export interface WorldWish extends Behaviours {
  readonly grid?: ScenarioGrid
}

/** The world of a scenario or fixture. */
export function scenarioWorld(wish: WorldWish, seed: string): World {
  const checked = checkWorld({ blocks: '6s', ...wish.grid, seed })
  if (!checked.ok) {
    throw gridError('GRID_CONFIG_INVALID', { detail: problemText(checked.problems) })
  }
  return createWorld(checked.config, {
    startAt: scenarioEpoch,
    relay: scenarioRelay,
    heartbeat: false,
    userScheme: 'ed25519',
    ...behavioursOf(wish),
  })
}

/** A new world with all that scripts need. */
export function openTheatre(wish: WorldWish, seed: string): Theatre {
  const world = scenarioWorld(wish, seed)
  const host = new ScriptHost(world.kernel)
  const stage = new Stage(world, host)
  const grid = new GridView(world, host)
  return { world, host, stage, grid, invariants: new Invariants(world) }
}

/** A fixture that was set up. */
interface Prepared {
  readonly seed: string
  readonly theatre: Theatre
  readonly snapshot: Snapshot
  readonly given: unknown
}

/** The last set-up of each fixture: scenarios of one seed are played one after another. */
const prepared = new WeakMap<Fixture, Prepared>()

/** The theatre of a fixture at the end of its set-up, which runs the first time, and again for another seed. */
export async function fixtureTheatre(
  fixture: Fixture,
  seed: string,
  guarded: <T>(
    world: World,
    host: ScriptHost,
    script: (play: PlayTools) => Promise<T>,
  ) => Promise<T>,
): Promise<{ theatre: Theatre; given: unknown }> {
  const known = prepared.get(fixture)
  if (known?.seed === seed) {
    known.theatre.world.kernel.revert(known.snapshot)
    known.theatre.host.rejectOpenWaits()
    return known
  }
  prepared.delete(fixture)
  const theatre = openTheatre(fixture, seed)
  const { world, host } = theatre
  const play = new Play(theatre, { progress: {}, startedAt: scenarioEpoch })
  try {
    const given = await guarded(world, host, ({ outside }) =>
      fixture.setUp(play.context(outside, undefined)),
    )
    play.check()
    const snapshot = theatre.grid.snapshot()
    prepared.set(fixture, { seed, theatre, snapshot, given })
    return { theatre, given }
  } finally {
    play.end()
  }
}

/** What a script gets beside its theatre. */
export interface PlayTools {
  outside<T>(run: () => Promise<T> | T): Promise<T>
}
