// Which route a path names, and the paths that are sent elsewhere (gorilla/mux: mux.go, regexp.go).

import type { Route } from './routes.ts'

/** What a path leads to. */
export type Match =
  | { readonly type: 'route'; readonly route: Route; readonly id: string }
  | { readonly type: 'redirect'; readonly path: string; readonly isClean: boolean }
  | { readonly type: 'none' }

interface Pattern {
  readonly route: Route
  /** Takes an optional slash at the end. */
  readonly form: RegExp
}

/** A path without empty parts and dots; a slash at the end stays. */
export function cleanPath(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..') parts.pop()
    else parts.push(part)
  }
  const clean = `/${parts.join('/')}`
  return path.endsWith('/') && clean !== '/' ? `${clean}/` : clean
}

/** Makes the finder of routes. */
export function routerOf(routes: readonly Route[]): (path: string) => Match {
  const patterns = routes.map(patternOf)
  return path => {
    const clean = cleanPath(path)
    if (clean !== path) return { type: 'redirect', path: clean, isClean: false }
    for (const { route, form } of patterns) {
      const found = form.exec(path)
      if (found === null) continue
      const hasSlash = path.length > 1 && path.endsWith('/')
      if (hasSlash) return { type: 'redirect', path: path.slice(0, -1), isClean: true }
      return { type: 'route', route, id: found[1] ?? '' }
    }
    return { type: 'none' }
  }
}

function patternOf(route: Route): Pattern {
  const body = route.template.replace(/\{\w+:([^}]*)\}/, '($1)').replace(/\/$/, '')
  return { route, form: new RegExp(`^${body}/?$`) }
}
