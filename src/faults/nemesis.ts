// A nemesis: faults put together into a plan, whose windows and chances are drawn from the run's seed.

import type { RandomStream } from '../kernel/random.ts'
import type { FaultInput } from './schema.ts'

/** Faults in an order in time; plain data. */
export type Plan =
  | { readonly type: 'fault'; readonly fault: FaultInput }
  /** All at once. */
  | { readonly type: 'together'; readonly plans: readonly Plan[] }
  /** One after the other, each beginning `gapMs` after the one before. */
  | { readonly type: 'in-turn'; readonly gapMs: number; readonly plans: readonly Plan[] }
  /** `times` times, `everyMs` apart and up to `jitterMs` later. */
  | {
      readonly type: 'repeated'
      readonly plan: Plan
      readonly times: number
      readonly everyMs: number
      readonly jitterMs: number
    }
  /** At a random moment of the next `windowMs`. */
  | { readonly type: 'within'; readonly windowMs: number; readonly plan: Plan }
  /** Only perhaps. */
  | { readonly type: 'perhaps'; readonly chance: number; readonly plan: Plan }
  /** One of several. */
  | { readonly type: 'one-of'; readonly plans: readonly Plan[] }

/** What a plan may be made of: plans and bare faults. */
export type PlanInput = Plan | FaultInput

/** A plan of a fault, or the plan itself. */
function planOf(input: PlanInput): Plan {
  return 'kind' in input ? { type: 'fault', fault: input } : input
}

/** All of these at once. */
export function together(...plans: readonly PlanInput[]): Plan {
  return { type: 'together', plans: plans.map(planOf) }
}

/** These one after the other, each beginning `gapMs` after the one before. */
export function inTurn(gapMs: number, ...plans: readonly PlanInput[]): Plan {
  return { type: 'in-turn', gapMs, plans: plans.map(planOf) }
}

/** This again and again. */
export function repeated(
  plan: PlanInput,
  { times, everyMs, jitterMs = 0 }: { times: number; everyMs: number; jitterMs?: number },
): Plan {
  return { type: 'repeated', plan: planOf(plan), times, everyMs, jitterMs }
}

/** This at a random moment of the next `windowMs`. */
export function within(windowMs: number, plan: PlanInput): Plan {
  return { type: 'within', windowMs, plan: planOf(plan) }
}

/** This with a chance between 0 and 1. */
export function perhaps(chance: number, plan: PlanInput): Plan {
  return { type: 'perhaps', chance, plan: planOf(plan) }
}

/** One of these. */
export function oneOf(...plans: readonly PlanInput[]): Plan {
  return { type: 'one-of', plans: plans.map(planOf) }
}

/** The faults of a plan, with the moments and choices that the stream draws. */
export function faultsOf(input: PlanInput, random: RandomStream): FaultInput[] {
  const faults: FaultInput[] = []
  unfold(planOf(input), 0, { random, faults })
  return faults
}

function unfold(
  plan: Plan,
  atMs: number,
  into: { readonly random: RandomStream; readonly faults: FaultInput[] },
): void {
  const { random, faults } = into
  switch (plan.type) {
    case 'fault':
      faults.push({ ...plan.fault, afterMs: atMs + (plan.fault.afterMs ?? 0) })
      break
    case 'together':
      for (const each of plan.plans) unfold(each, atMs, into)
      break
    case 'in-turn':
      plan.plans.forEach((each, i) => {
        unfold(each, atMs + i * plan.gapMs, into)
      })
      break
    case 'repeated':
      for (let i = 0; i < plan.times; i += 1) {
        const jitter = plan.jitterMs > 0 ? random.int(0, plan.jitterMs) : 0
        unfold(plan.plan, atMs + i * plan.everyMs + jitter, into)
      }
      break
    case 'within':
      unfold(plan.plan, atMs + random.int(0, plan.windowMs), into)
      break
    case 'perhaps':
      if (random.chance(plan.chance)) unfold(plan.plan, atMs, into)
      break
    case 'one-of':
      if (plan.plans.length > 0) unfold(random.pick(plan.plans), atMs, into)
      break
  }
}
