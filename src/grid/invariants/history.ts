// The history of a deployment tells how it came to be as it is: one final entry per version, none missing, none twice.

import type { DeploymentRecord } from '../../zos/engine/records.ts'
import { type GridInvariant, touchedNodes } from './invariant.ts'

/** The last entry of each workload is its present state, and no version is brought up twice without a start between. */
export const historyIsTrue: GridInvariant = {
  name: 'the history of a deployment has one final entry per version',
  check(watched) {
    const { world, record } = watched
    const { book } = world.nodes.engine
    for (const index of touchedNodes(watched)) {
      const hasRestarted = record.touched.get(index)?.hasRestarted ?? false
      for (const place of book.placesOf(index)) {
        const wrong = problemOf(book.get(place), hasRestarted)
        if (wrong !== null) return `contract ${place.contractId}: ${wrong}`
      }
    }
    return null
  },
}

function problemOf(
  { deployment, history }: DeploymentRecord,
  hasRestarted: boolean,
): string | null {
  for (const { name, version, result } of deployment.workloads) {
    const own = history.filter(entry => entry.name === name)
    // An entry of this state tells of something that was refused and left the workload alone.
    const last = own.findLast(entry => entry.result.state !== 'unchanged')
    if (last?.result.state !== result.state || last.version !== version) {
      return `'${name}' is ${result.state} in version ${version}, its history ends with ${last?.result.state ?? 'nothing'}`
    }
    if (hasRestarted) continue
    const twice = own.find((entry, at) => {
      const before = own[at - 1]
      return (
        before !== undefined &&
        entry.result.state === 'ok' &&
        before.result.state === 'ok' &&
        entry.version === before.version
      )
    })
    if (twice) return `'${name}' was brought up twice in version ${twice.version}`
  }
  return null
}
