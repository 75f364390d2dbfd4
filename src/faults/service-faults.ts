// What faults do to the web services: a small port that whoever serves a request asks first.

import type { Kernel } from '../kernel/kernel.ts'
import type { Active } from './active.ts'

/** What becomes of a request to a web service. */
export type ServiceVerdict =
  /** The connection is closed without an answer. */
  | { readonly type: 'down' }
  /** After `lagMs` of wall time, the service's own answer, or an empty one of this status. */
  | { readonly type: 'answers'; readonly lagMs: number; readonly status: number | null }

/** Asked inside the world before a request is served. */
export interface ServiceFaults {
  verdictOn(service: string): ServiceVerdict
}

const fine: ServiceVerdict = Object.freeze({ type: 'answers', lagMs: 0, status: null })

/** Makes the port. Services are named as in the fault: `gridproxy`, `graphql`, ... or `*` for all of them. */
export function serviceFaults(options: { kernel: Kernel; active: () => Active }): ServiceFaults {
  const { kernel, active } = options
  return {
    verdictOn(service) {
      const { services } = active()
      if (services.length === 0) return fine
      let lagMs = 0
      let status: number | null = null
      for (const { id, spec } of services) {
        if (spec.service !== '*' && spec.service !== service) continue
        if (spec.isDown) return { type: 'down' }
        lagMs += spec.lagMs
        const random = kernel.random.stream(`fault/${id}`)
        if (spec.failureRate > 0 && random.chance(spec.failureRate)) status = spec.status
      }
      return { type: 'answers', lagMs, status }
    },
  }
}
