// The images of the container tests, built from what is on this machine alone: no registry is asked.

import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

/** Builds the images before the tests, and removes them afterwards. */
export default function setup(project: TestProject): (() => void) | undefined {
  const missing = problem()
  project.provide('missingImages', missing)
  if (missing !== '') return undefined
  const context = mkdtempSync(join(tmpdir(), 'pocketgrid-image-'))
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], cwd: root })
  const build = (tag: string, base: string, ...args: string[]) =>
    run('docker', 'build', '--quiet', '--build-arg', `BASE=${base}`, '--tag', tag, ...args)
  try {
    run('bash', 'docker/base-image.sh', images.base)
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
