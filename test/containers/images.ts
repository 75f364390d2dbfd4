// The images of the container tests, built from what is on this machine alone: no registry is asked.

import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Why there are no images; empty when there are. */
    missingImages: string
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The images by what they stand in for. */
export const images = {
  base: 'pocketgrid-test-base',
  pocketgrid: 'pocketgrid-test',
  chain: 'pocketgrid-test-chain',
  relay: 'pocketgrid-test-relay',
  redis: 'pocketgrid-test-redis',
  failing: 'pocketgrid-test-failing',
} as const

/** Why images cannot be built here; empty when they can. */
function problem(): string {
  const { status, error } = spawnSync('docker', ['version', '--format', '{{.Server.Version}}'])
  if (error) return 'there is no docker command'
  if (status !== 0) return 'no container engine answers'
  if (!existsSync(join(root, 'dist/cli/main.js'))) return 'dist is not built: run npm run build'
  return ''
}

/** Why containers cannot be used though an engine answers: some machines let none run, or lead no port to it. */
async function engineProblem(): Promise<string> {
  const serve = `require('node:http').createServer((_, answer) => answer.end('up')).listen(80)`
  const args = ['run', '--detach', '--publish', '80', images.base, 'node', '--eval', serve]
  const { status, stdout, stderr } = spawnSync('docker', args, { encoding: 'utf8' })
  const id = stdout.trim()
  try {
    if (status !== 0) return `the engine runs no container: ${stderr.trim().split('\n')[0]}`
    const address = execFileSync('docker', ['port', id, '80/tcp'], { encoding: 'utf8' })
    const [, port] = /:(\d+)$/m.exec(address) ?? []
    for (let tries = 0; tries < 100; tries += 1) {
      const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => null)
      if (answer?.ok) return ''
      await delay(100)
    }
    return 'the engine leads no port to a container'
  } finally {
    if (id !== '') spawnSync('docker', ['rm', '--force', id])
  }
}

/** Builds the images before the tests, and removes them afterwards. */
export default async function setup(project: TestProject): Promise<(() => void) | undefined> {
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], cwd: root })
  let missing = problem()
  if (missing === '') {
    run('bash', 'docker/base-image.sh', images.base)
    missing = await engineProblem()
    if (missing !== '') run('docker', 'image', 'rm', '--force', images.base)
  }
  project.provide('missingImages', missing)
  if (missing !== '') return undefined
  const context = mkdtempSync(join(tmpdir(), 'pocketgrid-image-'))
  const build = (tag: string, base: string, ...args: string[]) =>
    run('docker', 'build', '--quiet', '--build-arg', `BASE=${base}`, '--tag', tag, ...args)
  try {
    run(process.execPath, 'docker/prepare.mjs', join(context, 'prepared'))
    cpSync(join(root, 'docker'), join(context, 'docker'), { recursive: true })
    build(images.pocketgrid, images.base, '--file', join(context, 'docker/Dockerfile'), context)
    for (const name of ['chain', 'relay', 'redis', 'failing'] as const) {
      const standIns = join(root, 'test/containers/stand-ins')
      build(images[name], images.pocketgrid, '--target', name, standIns)
    }
  } finally {
    rmSync(context, { recursive: true })
  }
  return () => {
    run('docker', 'image', 'rm', '--force', ...Object.values(images))
    run('docker', 'image', 'prune', '--force', '--filter', 'label=io.pocketgrid.stage=build')
  }
}
