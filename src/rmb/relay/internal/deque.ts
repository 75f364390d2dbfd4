// A queue that is appended to at its end and shortened at its start, both in constant time.

// Below this many dead slots it is not worth moving the live ones.
const compactFrom = 1024

/** Entries are known by their place in the whole history: `first` is the oldest that is still there. */
export class Deque<T> {
  #items: (T | undefined)[] = []
  #head = 0
  #first = 0

  /** The place of the oldest entry. */
  get first(): number {
    return this.#first
  }

  /** The place that the next entry will have. */
  get end(): number {
    return this.#first + this.length
  }

  get length(): number {
    return this.#items.length - this.#head
  }

  at(place: number): T | undefined {
    return place < this.#first ? undefined : this.#items[this.#head + place - this.#first]
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** Puts something else in an entry's place. */
  replace(place: number, item: T): void {
    if (place >= this.#first && place < this.end) {
      this.#items[this.#head + place - this.#first] = item
    }
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head] = undefined
    this.#head += 1
    this.#first += 1
    if (this.#head >= compactFrom && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }
}
