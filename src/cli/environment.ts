// The variables with which programs find a running grid under the names that are compiled into them.

import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { z } from 'zod'
import { gridError } from '../kernel/errors.ts'

/** What of a grid's description is needed to reach it. */
const infoSchema = z.object({
  network: z.string(),
  endpoints: z.object({
    substrate: z.string(),
    relay: z.string(),
    control: z.string(),
    front: z.object({
      /** `https://127.0.0.1:8443` */
      url: z.url(),
      /** `http://127.0.0.1:8443` */
      proxy: z.url(),
      /** Path of the authority's certificate. */
      ca: z.string(),
      domain: z.string(),
    }),
  }),
})

/** A running grid with a front. */
export type ReachableGrid = z.output<typeof infoSchema>

/** How long a control API may take to answer, in ms. */
const answerMs = 5_000

/** Asks a running grid how it is reached. GRID_NOT_RUNNING when there is none, or one without a front. */
export async function findGrid(control: string): Promise<ReachableGrid> {
  const url = `${control.replace(/\/$/, '')}/info`
  let body: unknown
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(answerMs) })
    if (!answer.ok) throw gridError('GRID_NOT_RUNNING', { detail: `${url}: ${answer.status}` })
    body = await answer.json()
  } catch (cause) {
    throw gridError('GRID_NOT_RUNNING', { detail: url, cause })
  }
  const parsed = infoSchema.safeParse(body)
  if (parsed.success) return parsed.data
  throw gridError('GRID_NOT_RUNNING', {
    detail: `${url} tells of no front`,
    hint: 'Start the grid with its front: frontPort in the grid file, or --front-port.',
  })
}

/** The variables for a grid. `bundle` is the path of the certificates that Go and OpenSSL are to trust. */
export function variablesOf(
  { network, endpoints: { front } }: ReachableGrid,
  bundle: string,
): Record<string, string> {
  const { host, hostname } = new URL(front.url)
  const direct = [...new Set(['127.0.0.1', 'localhost', '::1', hostname])].join(',')
  return {
    HTTPS_PROXY: front.proxy,
    https_proxy: front.proxy,
    NO_PROXY: direct,
    no_proxy: direct,
    NODE_EXTRA_CA_CERTS: front.ca,
    SSL_CERT_FILE: bundle,
    CURL_CA_BUNDLE: bundle,
    REQUESTS_CA_BUNDLE: bundle,
    NETWORK: network,
    SUBSTRATE_URL: `wss://${host}/ws`,
    RELAY_URL: `wss://${host}`,
    PROXY_URL: `https://${host}/`,
    GRAPHQL_URL: `https://${host}/graphql`,
    ACTIVATION_URL: `https://${host}/activation/activate`,
    KYC_URL: `https://${host}`,
  }
}

/** Where systems keep the certificates that they trust (`golang/go: src/crypto/x509/root_linux.go` and others). */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
] as const

/**
 * A file of the certificates that the system trusts and the grid's own, for programs that know one file only. It
 * lies beside the authority, or in the folder for temporary files where that cannot be written. GRID_CA_BROKEN when
 * the authority's certificate cannot be read.
 */
export function writeBundle(ca: string, env: NodeJS.ProcessEnv = process.env): string {
  let own: string
  try {
    own = readFileSync(ca, 'utf8')
  } catch (cause) {
    throw gridError('GRID_CA_BROKEN', { detail: ca, cause })
  }
  const text = `${systemCertificates(env, own)}\n${own}`
  const beside = join(dirname(ca), 'bundle.pem')
  try {
    return writeWhole(beside, text)
  } catch {
    // A grid of somebody else, or in a container: its folder can be read alone.
    return writeWhole(join(tmpdir(), `pocketgrid-bundle-${process.getuid?.() ?? 0}.pem`), text)
  }
}

/** What is trusted now, without a bundle of ours that the variables may already name. */
function systemCertificates(env: NodeJS.ProcessEnv, own: string): string {
  const given = env.SSL_CERT_FILE
  const found = [given, ...systemBundles].find(path => path && existsSync(path))
  const text = found ? readFileSync(found, 'utf8') : rootCertificates.join('\n')
  return text.replaceAll(own.trim(), '').trimEnd()
}

/** Writes a file so that nobody ever reads a part of it. */
function writeWhole(path: string, text: string): string {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  writeFileSync(draft, text, { mode: 0o644, flag: 'wx' })
  renameSync(draft, path)
  return path
}
