// The examples of docker/examples start the image from tests in other languages.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { images } from './images.ts'
import { containers, missingImages } from './support.ts'

const folder = (name: string): string =>
  fileURLToPath(new URL(`../../docker/examples/${name}`, import.meta.url))

/** How each is run, and by what one sees whether it can be. */
const examples = [
  { name: 'go', needs: ['go', 'version'], run: ['go', 'test', '-count=1', './...'] },
  {
    name: 'python',
    needs: ['python3', '-c', 'import pytest, requests, testcontainers'],
    run: ['python3', '-m', 'pytest', '-q', '-p', 'no:cacheprovider'],
  },
  { name: 'rust', needs: ['cargo', '--version'], run: ['cargo', 'test'] },
] as const

/** Why an example is not run; empty when it is. */
function missing([command, ...args]: readonly string[]): string {
  if (missingImages) return missingImages
  // They fetch their packages, and compile for minutes.
  if (!process.env.POCKETGRID_EXAMPLES) return 'POCKETGRID_EXAMPLES is not set'
  return spawnSync(command!, args).status === 0 ? '' : `${[command, ...args].join(' ')} fails`
}

describe('the examples of docker/examples', () => {
  afterAll(() => {
    if (!missingImages) expect(containers()).toEqual([])
  })

  for (const { name, needs, run } of examples) {
    const reason = missing(needs)
    it.skipIf(reason)(
      `run in ${name}${reason && ` (${reason})`}`,
      () => {
        const [command, ...args] = run
        const env = {
          ...process.env,
          POCKETGRID_IMAGE: images.pocketgrid,
          // The reaper is an image that cannot be had everywhere.
          TESTCONTAINERS_RYUK_DISABLED: 'true',
          PYTHONDONTWRITEBYTECODE: '1',
        }
        const { status, stdout, stderr } = spawnSync(command, args, {
          cwd: folder(name),
          env,
          encoding: 'utf8',
        })
        expect(status, `${stdout}\n${stderr}`).toBe(0)
      },
      600_000,
    )
  }
})
