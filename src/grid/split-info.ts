// The description of a grid of which other processes play nodes: theirs, their farms and farmers are in it like its own.

import type { GridInfo } from '../grid.ts'
import type { MemberItem } from '../services/control/ports.ts'
import type { Members } from './members.ts'

/** What of a grid is played by other processes. */
export interface Elsewhere {
  /** The processes that are there. */
  readonly members: readonly MemberItem[]
  /** Ids of the nodes that nobody who is there plays. */
  readonly gone: readonly number[]
}

/** A description with all that is elsewhere; the same one where nothing is. */
export function withElsewhere(info: GridInfo, members: Members): GridInfo {
  const others = members.elsewhere()
  const live = members.live()
  if (others.length === 0 && live.length === 0) return info
  const told = new Map(live.flatMap(({ nodes }) => [...nodes]))
  const nodes = others.map(({ id, twinId, farmId, resources: { cru, mru, sru, hru } }) => ({
    id,
    twinId,
    farmId,
    profile: told.get(id)?.profile ?? 'unknown',
    cru: Number(cru),
    mru: mru.toString(),
    sru: sru.toString(),
    hru: hru.toString(),
  }))
  const farms = new Map(
    [...info.farms, ...live.flatMap(each => each.farms)].map(farm => [farm.id, farm]),
  )
  return {
    ...info,
    accounts: [...info.accounts, ...farmersOf(info, members)],
    farms: [...farms.values()],
    nodes: [...info.nodes, ...nodes].sort(
      (a, b) => (a.id || Number.MAX_VALUE) - (b.id || Number.MAX_VALUE),
    ),
    elsewhere: {
      members: members.list(),
      gone: others.flatMap(({ id }) => (told.has(id) ? [] : [id])),
    },
  }
}

/** Farmers of farms elsewhere, named by their farms: in their own process each is the first one. */
function farmersOf({ accounts }: GridInfo, members: Members): GridInfo['accounts'] {
  const known = new Set(accounts.map(({ twinId }) => twinId))
  return members.live().flatMap(({ farms, farmers }) =>
    farmers.flatMap(farmer => {
      if (known.has(farmer.twinId)) return []
      known.add(farmer.twinId)
      const name = farms.find(({ twinId }) => twinId === farmer.twinId)?.name ?? ''
      return [{ name: `farmer of ${name}`, ...farmer }]
    }),
  )
}
