// Finding a place in a sorted list, as Rust's `binary_search` does.

/** Where something is in a sorted list, or where it belongs. */
export interface SortedPlace {
  readonly at: number
  readonly isFound: boolean
}

/**
 * Searches by halves, step by step as Rust does: on a list that is not sorted the same items are missed. Hex
 * strings of one length sort as their bytes.
 */
export function searchSorted<T extends string | number | bigint>(
  list: readonly T[],
  item: T,
): SortedPlace {
  let left = 0
  let right = list.length
  while (left < right) {
    const middle = left + ((right - left) >> 1)
    const found = list[middle]!
    if (found === item) return { at: middle, isFound: true }
    if (found < item) left = middle + 1
    else right = middle
  }
  return { at: left, isFound: false }
}
