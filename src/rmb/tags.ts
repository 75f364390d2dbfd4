// The tags of an envelope: free text, in which the relay looks for single words.

/** Asks the relay for an error instead of queueing when the destination is not connected. */
export const FAIL_FAST = 'fail-fast'

/** Whether a tag is among the words that commas and white space separate, letter by letter. */
export function hasTag(tags: string | undefined, tag: string): boolean {
  return tags?.split(/[,\p{White_Space}]/u).includes(tag) ?? false
}
