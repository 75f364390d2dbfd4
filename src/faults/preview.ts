// Whom a fault will hit, and when: asked of the same selectors that the fault itself uses, with nothing changed or drawn.

import type { Places } from './places.ts'
import { type FaultSpec, instantKinds, type Where, wholeKinds } from './schema.ts'

/** Some of those whom a fault concerns. */
export interface Aim {
  /** Those that are hit; or those at the two ends of a link. */
  readonly role: 'hit' | 'from' | 'to'
  /** Whether everybody is meant, those who come later included. */
  readonly isEverybody: boolean
  /** What is hit beside nodes and twins: `chain`, `relay`, the name of a web service; null for nothing else. */
  readonly part: string | null
  /** Ids of nodes on the chain. */
  readonly nodes: readonly number[]
  /** Twins that are no node's. */
  readonly twins: readonly number[]
}

/** What a fault will be. */
export interface FaultPlan {
  readonly spec: FaultSpec
  /** Virtual time in ms at which it begins. */
  readonly from: number
  /** When it ends: null when it lasts until it is removed; `from` when it is over at once. */
  readonly until: number | null
  /** Whether its chance is drawn once, for the fault as a whole. */
  readonly isDrawnOnce: boolean
  readonly aims: readonly Aim[]
}

/** What a checked fault will be, as the world is now. */
export function planOf(spec: FaultSpec, now: number, places: Places): FaultPlan {
  const from = now + spec.afterMs
  const lasts = spec.forMs === undefined ? null : from + spec.forMs
  return {
    spec,
    from,
    until: instantKinds.has(spec.kind) ? from : lasts,
    isDrawnOnce: wholeKinds.has(spec.kind),
    aims: aimsOf(spec, places),
  }
}

function aimsOf(spec: FaultSpec, places: Places): readonly Aim[] {
  if ('from' in spec) {
    return [partyOf('from', spec.from, places), partyOf('to', spec.to, places)]
  }
  switch (spec.kind) {
    case 'node.crash': {
      const nodes = [...places.runningNodesOf(spec), ...places.nodesElsewhereOf(spec)]
      return [{ ...onNodes(spec, places), nodes }]
    }
    case 'chain.reject':
    case 'chain.drop':
      return [partyOf('hit', { twins: spec.twins }, places)]
    case 'chain.unreachable': {
      const { nodes, farms, twins } = spec
      if (nodes === undefined && farms === undefined) return [usersOf(twins, places)]
      return [{ ...onNodes(spec, places), twins: twins ?? [] }]
    }
    case 'service':
      return [whole(spec.service === '*' ? 'all web services' : `the web service ${spec.service}`)]
    default:
      if (isOfNodes(spec)) return [onNodes(spec, places)]
      return [whole(spec.kind.startsWith('relay.') ? 'the relay' : 'the chain')]
  }
}

function isOfNodes(spec: FaultSpec): spec is Extract<FaultSpec, { kind: `node.${string}` }> {
  return spec.kind.startsWith('node.')
}

function whole(part: string): Aim {
  return { role: 'hit', isEverybody: false, part, nodes: [], twins: [] }
}

function onNodes(spec: Pick<Where, 'nodes' | 'farms'>, places: Places): Aim {
  const isEverybody = spec.nodes === undefined && spec.farms === undefined
  const nodes = [...places.nodesOf(spec), ...places.nodesElsewhereOf(spec)]
  return { role: 'hit', isEverybody, part: null, nodes, twins: [] }
}

/** Who cannot reach the chain where no node is named: everybody, or these twins as users; nodes are cut off by their ids. */
function usersOf(twins: readonly number[] | undefined, places: Places): Aim {
  if (twins === undefined) return partyOf('hit', {}, places)
  return { role: 'hit', isEverybody: false, part: null, nodes: [], twins: [...new Set(twins)] }
}

function partyOf(role: Aim['role'], where: Where, places: Places): Aim {
  const { nodes, farms, twins } = where
  const isEverybody = nodes === undefined && farms === undefined && twins === undefined
  const hit = places.nodesWithTwinIn(where)
  const others = (twins ?? []).filter(twin => !places.isTwinOfNode(twin))
  return { role, isEverybody, part: null, nodes: hit, twins: [...new Set(others)] }
}
