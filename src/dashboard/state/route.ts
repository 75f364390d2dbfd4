// Where the page is: a path behind the #, so that every view has a link.

import { signal } from '@preact/signals'

const pathNow = (): readonly string[] =>
  location.hash
    .replace(/^#\/?/, '')
    .split('/')
    .filter(part => part !== '')
    .map(part => safeDecode(part))

function safeDecode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The parts of the path: `#/nodes/7` is `['nodes', '7']`. */
export const route = signal(pathNow())

addEventListener('hashchange', () => {
  route.value = pathNow()
})

/** Goes to a view. */
export function goTo(path: string): void {
  location.hash = `#/${path}`
}
