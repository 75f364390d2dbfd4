// The certificate authority of this user's grids: made once, kept in a folder, trusted by clients that are told to.

import { createPrivateKey, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { GridError, gridError } from '../../kernel/errors.ts'
import { constraints } from './constraints.ts'
import { makeCertificate } from './x509.ts'

/** An authority as it is kept. */
export interface AuthorityFiles {
  /** Where the certificate lies, for those who are to trust it. */
  readonly certificatePath: string
  /** PEM. */
  readonly certificate: string
  /** PEM of the PKCS#8 key. */
  readonly key: string
}

const files = { certificate: 'ca.pem', key: 'ca-key.pem' } as const

const dayMs = 86_400_000

/** How long an authority counts: it is made once, and people install it by hand. */
const lifeMs = 3650 * dayMs

/** An authority with less than this left is replaced. */
const leastLeftMs = 30 * dayMs

/**
 * The folder of this user's authority: `$XDG_DATA_HOME/pocketgrid/ca`, or below `~/.local/share`. Where that can be
 * neither read nor made, as in a container without a home, one in the folder for temporary files, if it is this
 * user's.
 */
export function defaultAuthorityDir(env: NodeJS.ProcessEnv = process.env): string {
  const given = env.XDG_DATA_HOME
  const data = given?.startsWith('/') ? given : join(env.HOME || homedir(), '.local', 'share')
  const usual = join(data, 'pocketgrid', 'ca')
  const user = process.getuid?.()
  const spare = join(tmpdir(), `pocketgrid-${user ?? 'user'}`)
  if (isUsable(usual) || !isUsable(join(spare, 'ca'))) return usual
  // Who else has made it first could have put an authority of their own there.
  const isOurs = !existsSync(spare) || user === undefined || lstatSync(spare).uid === user
  return isOurs ? join(spare, 'ca') : usual
}

/** Whether an authority can be read in a folder, or made there. */
function isUsable(dir: string): boolean {
  let above = dir
  while (!existsSync(above)) above = dirname(above)
  try {
    accessSync(above, above === dir ? constants.R_OK : constants.W_OK)
    return statSync(above).isDirectory()
  } catch {
    return false
  }
}

/**
 * The authority of a folder, made when there is none. Several processes may start at once: one of them makes it,
 * and all use that one. `now` is wall time in ms since the Unix epoch. Fails with GRID_CA_BROKEN when the folder
 * cannot be used.
 */
export function openAuthority(dir: string, now: number = Date.now()): AuthorityFiles {
  try {
    const kept = read(dir)
    if (kept && leftMs(kept, now) > leastLeftMs) return kept
    if (kept) retire(dir)
    make(dir, now)
    const made = read(dir)
    if (made) return made
  } catch (cause) {
    if (cause instanceof GridError) throw cause
    throw gridError('GRID_CA_BROKEN', { detail: dir, cause })
  }
  throw gridError('GRID_CA_BROKEN', { detail: `${dir} holds other files` })
}

/** The common name of an authority's certificate. */
export function nameOfAuthority(certificate: X509Certificate): string {
  return certificate.subject.replace(/^CN=/, '')
}

function read(dir: string): AuthorityFiles | null {
  const certificatePath = join(dir, files.certificate)
  const keyPath = join(dir, files.key)
  if (!existsSync(certificatePath) || !existsSync(keyPath)) return null
  const certificate = readFileSync(certificatePath, 'utf8')
  const key = readFileSync(keyPath, 'utf8')
  const parsed = new X509Certificate(certificate)
  const isOne = parsed.ca && /^CN=[^\n]+$/.test(parsed.subject)
  if (isOne && parsed.checkPrivateKey(createPrivateKey(key))) {
    return { certificatePath, certificate, key }
  }
  throw gridError('GRID_CA_BROKEN', { detail: `${dir}: the key is not that of an authority` })
}

function leftMs({ certificate }: AuthorityFiles, now: number): number {
  return Date.parse(new X509Certificate(certificate).validTo) - now
}

/** Puts an authority that is over aside; somebody else may just have done so. */
function retire(dir: string): void {
  try {
    renameSync(dir, `${dir}.old-${randomBytes(4).toString('hex')}`)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
  }
}

/** Makes both files in a folder of their own, which then takes its place in one step, or is not needed any more. */
function make(dir: string, now: number): void {
  makeFolder(dirname(dir))
  const draft = `${dir}.new-${randomBytes(8).toString('hex')}`
  mkdirSync(draft, { mode: 0o755 })
  try {
    const { certificate, key } = selfSigned(now)
    writeFileSync(join(draft, files.key), key, { mode: 0o600 })
    writeFileSync(join(draft, files.certificate), certificate, { mode: 0o644 })
    renameSync(draft, dir)
  } catch (cause) {
    rmSync(draft, { recursive: true, force: true })
    const { code } = cause as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw cause
  }
}

/** Makes a folder and those above it; one by one, since Node 20 does not return from some that cannot be made. */
function makeFolder(dir: string): void {
  if (existsSync(dir)) return
  makeFolder(dirname(dir))
  try {
    mkdirSync(dir)
  } catch (cause) {
    // Another process that starts has made it.
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
  }
}

function selfSigned(now: number): { certificate: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = `Pocketgrid local CA ${randomBytes(3).toString('hex')}`
  const certificate = makeCertificate(
    {
      subject: name,
      issuer: name,
      publicKey,
      issuerKey: publicKey,
      notBefore: now - dayMs,
      notAfter: now + lifeMs,
      use: { type: 'authority', constraints },
    },
    privateKey,
  )
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' })
  return { certificate, key: String(key) }
}
