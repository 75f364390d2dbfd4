// The order in which the workloads of a job are worked on: it follows from their declarations, never from their names.

import type { Deployment, Workload } from '../deployment/deployment.ts'
import type { NodeKind } from '../resources/node-resources.ts'
import { installOrder, sortForInstall, type WorkloadTypes } from '../workloads/workload-type.ts'
import type { Job } from './job-queue.ts'

/** One workload's part in a job. */
export interface Step {
  readonly kind: 'install' | 'update' | 'remove' | 'pause' | 'resume'
  /** What was asked for; of removals, pauses and resumes what is stored. */
  readonly workload: Workload
}

/** Places of types, per table and kind of node and draw: they follow from these and never change. */
const known = new WeakMap<WorkloadTypes, Map<string, ReadonlyMap<string, number>>>()

/**
 * The place of each type in the order of installs. Types that have none of their own come last, in an order
 * that a real node draws whenever its engine starts: `draw` is what was drawn.
 */
export function typePlaces(
  types: WorkloadTypes,
  kind: NodeKind,
  draw: number,
): ReadonlyMap<string, number> {
  const tables = known.get(types) ?? new Map<string, ReadonlyMap<string, number>>()
  known.set(types, tables)
  const turn = draw % maxDraws
  const key = `${kind}/${turn}`
  const places = tables.get(key)
  if (places !== undefined) return places
  const names = installOrder(types, kind, unplaced => permuted(unplaced, turn))
  const made = new Map(names.map((name, at) => [name, at]))
  tables.set(key, made)
  return made
}

/** More orders than this are not told apart. */
const maxDraws = 120

/** The permutation of a number, by the factorial number system. */
function permuted(names: readonly string[], number: number): readonly string[] {
  const left = [...names]
  const order: string[] = []
  let rest = number
  while (left.length > 0) {
    const at = rest % left.length
    rest = Math.floor(rest / left.length)
    order.push(...left.splice(at, 1))
  }
  return order
}

/** The steps of a job on a deployment as it is stored. */
export function stepsOf(
  job: Job,
  stored: Deployment,
  types: WorkloadTypes,
  places: ReadonlyMap<string, number>,
): readonly Step[] {
  const all = (kind: Step['kind'], workloads: readonly Workload[]) =>
    workloads.map(workload => ({ kind, workload }))
  switch (job.kind) {
    case 'install':
    case 'boot':
      return all('install', upwards(stored.workloads, types, places))
    case 'pause':
      return all('pause', downwards(stored.workloads, places))
    case 'resume':
      return all('resume', inTypeOrder(stored.workloads, places))
    case 'deprovision':
      return all('remove', downwards(stored.workloads, places))
    case 'update': {
      const { operations } = job
      const removed = operations.filter(({ kind }) => kind === 'remove')
      const changed = operations.filter(({ kind }) => kind !== 'remove')
      changed.sort((a, b) => placeOf(a.workload, places) - placeOf(b.workload, places))
      return [
        ...all(
          'remove',
          downwards(
            removed.map(({ workload }) => workload),
            places,
          ),
        ),
        ...changed.map(
          ({ kind, workload }): Step => ({
            kind: kind === 'update' ? 'update' : 'install',
            workload,
          }),
        ),
      ]
    }
  }
}

function placeOf({ type }: Workload, places: ReadonlyMap<string, number>): number {
  return places.get(type) ?? places.size
}

/** By type; those of one type in list order. */
function inTypeOrder(
  workloads: readonly Workload[],
  places: ReadonlyMap<string, number>,
): Workload[] {
  return workloads.toSorted((a, b) => placeOf(a, places) - placeOf(b, places))
}

/** By reverse order of types; those of one type in list order. */
function downwards(
  workloads: readonly Workload[],
  places: ReadonlyMap<string, number>,
): Workload[] {
  return workloads.toSorted((a, b) => placeOf(b, places) - placeOf(a, places))
}

/** By type; those of one type by its own order, which for disks is the largest first. */
function upwards(
  workloads: readonly Workload[],
  types: WorkloadTypes,
  places: ReadonlyMap<string, number>,
): readonly Workload[] {
  const sorted = inTypeOrder(workloads, places)
  const groups = new Map<string, Workload[]>()
  for (const workload of sorted) {
    const group = groups.get(workload.type)
    if (group) group.push(workload)
    else groups.set(workload.type, [workload])
  }
  return [...groups.values()].flatMap(group =>
    types.get(group[0]!.type)?.largestFirst ? sortForInstall(group, types) : group,
  )
}
