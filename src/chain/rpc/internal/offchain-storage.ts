// What clients leave for offchain workers: a bounded store; the oldest makes room for the newest.

/** Characters of hex that are kept at most. */
const mostCharacters = 16 * 1024 * 1024

export class OffchainStorage {
  readonly #values = new Map<string, string>()
  #characters = 0

  get(key: string): string | null {
    return this.#values.get(key) ?? null
  }

  set(key: string, value: string): void {
    this.#delete(key)
    this.#values.set(key, value)
    this.#characters += key.length + value.length
    for (const oldest of this.#values.keys()) {
      if (this.#characters <= mostCharacters) return
      this.#delete(oldest)
    }
  }

  #delete(key: string): void {
    const value = this.#values.get(key)
    if (value === undefined) return
    this.#values.delete(key)
    this.#characters -= key.length + value.length
  }
}
