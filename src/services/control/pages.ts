// Serves the built dashboard: its files, under a policy that lets the page load nothing from elsewhere.

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'

/** Where the build puts the page: the same place beside the sources and beside what is built of them. */
const builtFolder = fileURLToPath(new URL('../../../dist/dashboard/', import.meta.url))

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json; charset=utf-8',
}

/** Nothing from elsewhere, no script in the page itself, and no page of others around it. */
const policy = [
  "default-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ')

interface Page {
  readonly bytes: Buffer
  readonly type: string
  readonly etag: string
  /** Its name changes with its content. */
  readonly isImmutable: boolean
}

/**
 * Adds a route for each file of the page, `index.html` at `/`. The files are read once and no path of a request reaches
 * the disk. False when the page has not been built.
 */
export function addPages(app: FastifyInstance, folder: string = builtFolder): boolean {
  if (!existsSync(join(folder, 'index.html'))) return false
  for (const [path, page] of pagesOf(folder)) {
    app.get(path, (request, reply) => {
      reply.headers({
        'content-type': page.type,
        'content-security-policy': policy,
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        etag: page.etag,
        'cache-control': page.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
      })
      if (request.headers['if-none-match'] === page.etag) return reply.code(304).send()
      return reply.send(page.bytes)
    })
  }
  return true
}

function pagesOf(folder: string): Map<string, Page> {
  const pages = new Map<string, Page>()
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  for (const name of names) {
    const type = types[extname(name)]
    if (type === undefined || !statSync(join(folder, name)).isFile()) continue
    const bytes = readFileSync(join(folder, name))
    const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
    const path = name === 'index.html' ? '/' : `/${name.replaceAll('\\', '/')}`
    pages.set(path, { bytes, type, etag: `"${digest}"`, isImmutable: name.startsWith('assets') })
  }
  return pages
}
