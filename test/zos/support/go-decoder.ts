// Go's own decoder for deployments, built from `test/zos/go/decoder`, to compare with ours.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Deployment, decodeDeployment } from '../../../src/zos/deployment/deployment.ts'

const source = fileURLToPath(new URL('../go/decoder/', import.meta.url))

/** Why it cannot be built here; null when it can. */
export const missingGo: string | null =
  spawnSync('go', ['version']).status === 0 ? null : 'no Go toolchain on this machine'

/** What Go says of each text: `error <text>`, or `value <all that was read>`. */
export function decodedByGo(texts: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'pocketgrid-decoder-'))
  try {
    const program = join(folder, 'decoder')
    const built = spawnSync('go', ['build', '-o', program, '.'], { cwd: source })
    if (built.status !== 0) throw new TypeError(String(built.stderr))
    const lines = texts.map(text => `${Buffer.from(text).toString('base64')}\n`).join('')
    const { stdout } = spawnSync(program, { input: lines, maxBuffer: 2 ** 31 - 1 })
    const answers = stdout.toString('latin1').trimEnd().split('\n')
    return answers.map(line => Buffer.from(line, 'base64').toString('utf8'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What our decoder says, in the same words. */
export function decodedHere(text: string): string {
  const decoded = decodeDeployment(text)
  return decoded.ok ? `value ${summaryOf(decoded.value)}` : `error ${decoded.error}`
}

const hex = (text: string) => Buffer.from(text).toString('hex')

function summaryOf(deployment: Deployment): string {
  const { version, twin_id, contract_id, metadata, description, expiration } = deployment
  const { requests, signatures, weight_required, signature_style } =
    deployment.signature_requirement
  return [
    `${version} ${twin_id} ${contract_id} ${hex(metadata)} ${hex(description)} ${expiration}`,
    ` ${hex(signature_style)} ${weight_required}`,
    ...requests.map(request => ` r${request.twin_id} ${request.required} ${request.weight}`),
    ...signatures.map(
      entry => ` s${entry.twin_id} ${hex(entry.signature)} ${hex(entry.signature_type)}`,
    ),
    ...deployment.workloads.map(({ result: _, ...workload }) => {
      const { name, type, data } = workload
      const texts = [name, type, data, workload.metadata, workload.description].map(hex).join(' ')
      return ` w${workload.version} ${texts}`
    }),
  ].join('')
}
