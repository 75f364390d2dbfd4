// Puts the relays of a twin in order: those that failed least of late come first (`rmb-rs: src/relay/ranker/mod.rs`).

/** Domains of which failures are remembered, and failures of each. */
const rememberedDomains = 1000
const rememberedFailures = 1000

/** Remembers when relays failed. */
export class Ranker {
  readonly #periodMs: number
  readonly #failures = new Map<string, number[]>()

  constructor(periodMs: number) {
    this.#periodMs = periodMs
  }

  downvote(domain: string, nowMs: number): void {
    const recent = this.#recent(domain, nowMs).slice(1 - rememberedFailures)
    this.#failures.delete(domain)
    this.#failures.set(domain, [...recent, nowMs])
    if (this.#failures.size <= rememberedDomains) return
    const oldest = this.#failures.keys().next()
    if (!oldest.done) this.#failures.delete(oldest.value)
  }

  /** The domains in ascending order of recent failures; those alike in random order. */
  order(domains: readonly string[], nowMs: number): string[] {
    return domains
      .map(domain => ({
        domain,
        failures: this.#recent(domain, nowMs).length,
        lot: Math.random(),
      }))
      .sort((a, b) => a.failures - b.failures || a.lot - b.lot)
      .map(({ domain }) => domain)
  }

  #recent(domain: string, nowMs: number): number[] {
    const failures = this.#failures.get(domain) ?? []
    return failures.filter(at => nowMs - at < this.#periodMs)
  }
}
