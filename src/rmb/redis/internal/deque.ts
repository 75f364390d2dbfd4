// A list whose both ends are cheap: a ring of values that grows by doubling.

const SMALL = 8

/** A double-ended queue. */
export class Deque<T> {
  #ring: (T | undefined)[] = new Array(SMALL)
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The value at a place; places count from the head. */
  at(index: number): T | undefined {
    if (index < 0 || index >= this.#size) return undefined
    return this.#ring[(this.#head + index) & (this.#ring.length - 1)]
  }

  pushHead(value: T): void {
    this.#grow()
    this.#head = (this.#head - 1 + this.#ring.length) & (this.#ring.length - 1)
    this.#ring[this.#head] = value
    this.#size += 1
  }

  pushTail(value: T): void {
    this.#grow()
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = value
    this.#size += 1
  }

  popHead(): T | undefined {
    if (this.#size === 0) return undefined
    const value = this.#ring[this.#head]
    this.#ring[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#ring.length - 1)
    this.#size -= 1
    return value
  }

  popTail(): T | undefined {
    if (this.#size === 0) return undefined
    const place = (this.#head + this.#size - 1) & (this.#ring.length - 1)
    const value = this.#ring[place]
    this.#ring[place] = undefined
    this.#size -= 1
    return value
  }

  #grow(): void {
    if (this.#size < this.#ring.length) return
    const ring: (T | undefined)[] = new Array(this.#ring.length * 2)
    for (let i = 0; i < this.#size; i += 1) ring[i] = this.at(i)
    this.#ring = ring
    this.#head = 0
  }
}
