// For what share of a time a node was up, as its own reports to the chain tell.

/** Nodes report this often, in s (`zos: pkg/registrar`, reportUptimeEvery); so long their silence says nothing. */
const reportEverySeconds = 40 * 60

/** What blocks and retries may add, in s. */
const slackSeconds = 60

/** A report: when, and for how long the node had been up, in s. */
export interface UptimeReport {
  readonly at: number
  readonly uptime: number
}

/**
 * The share of the time between `from` and `now`, in s, for which reports, oldest first, say that a node was up. What
 * came after the last report counts only when the next one is overdue: then as down. Null when nothing is known yet.
 */
export function shareOfUptime(
  reports: readonly UptimeReport[],
  { from, now }: { from: number; now: number },
): number | null {
  let upSeconds = 0
  let knownTo = from
  for (const { at, uptime } of reports) {
    if (at <= knownTo) continue
    upSeconds += at - Math.max(knownTo, at - uptime)
    knownTo = at
  }
  const isOverdue = now - knownTo > reportEverySeconds + slackSeconds
  const end = isOverdue ? now : knownTo
  return end <= from ? null : upSeconds / (end - from)
}
