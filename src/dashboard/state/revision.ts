// Grows whenever the grid was changed from this page, so that what is shown is read anew.

import { signal } from '@preact/signals'
import { type Answer, change } from './api.ts'

/** How often the grid was changed from here. */
export const revision = signal(0)

/** What the last change by hand came to, for people to read. */
export const notice = signal<{ readonly text: string; readonly isBad: boolean } | null>(null)

/** Makes a change and says what became of it. */
export async function act<T>(
  what: string,
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Answer<T>> {
  const answer = await change<T>(method, path, body)
  notice.value = answer.ok
    ? { text: `${what}: done`, isBad: false }
    : { text: `${what}: ${answer.error}`, isBad: true }
  revision.value += 1
  return answer
}
