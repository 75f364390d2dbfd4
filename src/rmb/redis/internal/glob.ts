// Patterns of KEYS: `*`, `?`, `[a-z]`, `[^a]` and backslashes, over byte strings.

/** One step of a pattern; `undefined` stands for `*`. */
type Step = ((character: string) => boolean) | undefined

/** Whether a byte string matches. Costs at most the product of both lengths (`redis: src/util.c`, stringmatchlen). */
export function globMatcher(pattern: string): (text: string) => boolean {
  const steps = stepsOf(pattern)
  return text => {
    let step = 0
    let star = -1
    let resume = 0
    for (let at = 0; at < text.length; ) {
      const test = steps[step]
      if (step < steps.length && test === undefined) {
        star = step
        resume = at
        step += 1
      } else if (test?.(text.charAt(at))) {
        step += 1
        at += 1
      } else if (star !== -1) {
        // The last star takes one character more.
        resume += 1
        at = resume
        step = star + 1
      } else {
        return false
      }
    }
    while (step < steps.length && steps[step] === undefined) step += 1
    return step === steps.length
  }
}

function stepsOf(pattern: string): Step[] {
  const steps: Step[] = []
  for (let i = 0; i < pattern.length; i += 1) {
    const character = pattern.charAt(i)
    if (character === '*') {
      if (steps.length === 0 || steps.at(-1) !== undefined) steps.push(undefined)
    } else if (character === '?') {
      steps.push(() => true)
    } else if (character === '[') {
      const { step, end } = classOf(pattern, i + 1)
      steps.push(step)
      i = end
    } else {
      const escaped = character === '\\' && i + 1 < pattern.length ? pattern.charAt(++i) : character
      steps.push(other => other === escaped)
    }
  }
  return steps
}

/** A class in brackets, read after the opening one; one that is never closed ends with the pattern. */
function classOf(pattern: string, start: number): { step: Step; end: number } {
  let i = start
  const isNegated = pattern.charAt(i) === '^'
  if (isNegated) i += 1
  const ranges: (readonly [string, string])[] = []
  for (; i < pattern.length && pattern.charAt(i) !== ']'; i += 1) {
    const character = pattern.charAt(i)
    if (character === '\\' && i + 1 < pattern.length) {
      i += 1
      ranges.push([pattern.charAt(i), pattern.charAt(i)])
    } else if (pattern.charAt(i + 1) === '-' && i + 2 < pattern.length) {
      const last = pattern.charAt(i + 2)
      ranges.push(character <= last ? [character, last] : [last, character])
      i += 2
    } else {
      ranges.push([character, character])
    }
  }
  const isIn = (other: string) => ranges.some(([low, high]) => other >= low && other <= high)
  return { step: other => isIn(other) !== isNegated, end: i }
}
