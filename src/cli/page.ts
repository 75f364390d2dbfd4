// Shows people a page of the grid in the browser that they use.

import { asError } from '../kernel/errors.ts'

/** Whether there is somebody to show a page to: a terminal, and a screen as far as one can tell. */
export function isWatched(
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): boolean {
  if (!isTerminal || env.CI !== undefined || env.SSH_CONNECTION !== undefined) return false
  if (platform !== 'linux') return true
  return [env.DISPLAY, env.WAYLAND_DISPLAY, env.WSL_DISTRO_NAME].some(Boolean)
}

/** Opens a page in the usual browser. Resolves with why it could not; null when it was handed over. */
export async function openPage(url: string): Promise<string | null> {
  try {
    const { default: open } = await import('open')
    const child = await open(url)
    return await new Promise(done => {
      child.once('error', error => done(error.message))
      child.once('spawn', () => done(null))
    })
  } catch (cause) {
    return asError(cause).message
  }
}
