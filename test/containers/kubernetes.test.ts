// The manifests of docker/kubernetes: their parts fit together, and each pod plays its own part.

import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { images } from './images.ts'
import { containersOf, type Manifest, manifestsOf, podOptions } from './kubernetes.ts'
import { docker, missingImages } from './support.ts'

const scenarios = fileURLToPath(new URL('../../scenarios', import.meta.url))
const real = manifestsOf('real.yaml')
const [job] = manifestsOf('scenarios.yaml') as [Manifest]

const podCountOf = (manifest: Manifest) =>
  Number(containersOf(manifest)[0]!.env!.find(({ name }) => name === 'POD_COUNT')!.value)

describe('the manifests of docker/kubernetes', () => {
  it('have versions of today', () => {
    const versions = new Map(
      [...real, job].map(({ kind, apiVersion }) => [kind, apiVersion] as const),
    )
    expect(Object.fromEntries(versions)).toEqual({
      Service: 'v1',
      Deployment: 'apps/v1',
      StatefulSet: 'apps/v1',
      Job: 'batch/v1',
    })
  })

  it('lead every service to a port of the pods that it names', () => {
    const services = real.filter(({ kind }) => kind === 'Service')
    expect(services.map(({ metadata }) => metadata.name)).toEqual(['chain', 'relay', 'nodes'])
    for (const { spec, metadata } of services) {
      const pods = real.find(
        each => each.kind !== 'Service' && each.metadata.name === metadata.name,
      )!
      expect(pods.spec.template!.metadata!.labels).toEqual(spec.selector)
      expect(pods.spec.selector).toEqual({ matchLabels: spec.selector })
      const open = containersOf(pods).flatMap(({ ports = [] }) => ports)
      expect(open.map(({ containerPort }) => containerPort)).toEqual(
        spec.ports!.map(({ port }) => port),
      )
    }
  })

  it('have as many pods as their programs are told', () => {
    const set = real.find(({ kind }) => kind === 'StatefulSet')!
    expect(set.spec.serviceName).toBe('nodes')
    expect(podCountOf(set)).toBe(set.spec.replicas)
    expect([job.spec.completions, job.spec.parallelism]).toEqual([podCountOf(job), podCountOf(job)])
  })

  it('mount volumes that there are', () => {
    for (const manifest of [...real, job]) {
      const { volumeClaimTemplates = [], template } = manifest.spec
      const names = [
        ...volumeClaimTemplates.map(({ metadata }) => metadata.name),
        ...(template?.spec.volumes ?? []).map(({ name }) => name),
      ]
      const mounts = containersOf(manifest).flatMap(({ volumeMounts = [] }) => volumeMounts)
      expect(mounts.map(({ name }) => name)).toEqual(names)
    }
  })
})

describe.skipIf(missingImages)('the pods of docker/kubernetes/scenarios.yaml', () => {
  const wanted = ['disk-dies', 'first-vm', 'network-is-shared', 'price-falls']

  /** Plays one pod of the Job on a folder of scenarios laid out as a ConfigMap is; what it said. */
  const play = (index: number): string => {
    const folder = mkdtempSync(join(tmpdir(), 'pocketgrid-pod-'))
    chmodSync(folder, 0o755)
    const env = ['--env', `JOB_COMPLETION_INDEX=${index}`]
    const id = docker('create', ...env, ...podOptions(job, images.pocketgrid))
    try {
      mkdirSync(join(folder, '..2026_01_01'))
      symlinkSync('..2026_01_01', join(folder, '..data'))
      for (const name of wanted) {
        cpSync(join(scenarios, `${name}.ts`), join(folder, '..2026_01_01', `${name}.ts`))
        symlinkSync(`..data/${name}.ts`, join(folder, `${name}.ts`))
      }
      docker('cp', folder, `${id}:/scenarios`)
      return docker('start', '--attach', id)
    } finally {
      rmSync(folder, { recursive: true })
      docker('rm', '--force', '--volumes', id)
    }
  }

  it('play all scenarios between them, each of them once', () => {
    const said = Array.from({ length: job.spec.completions! }, (_, index) => play(index))
    const counts = wanted.map(name => said.filter(text => text.includes(name)).length)
    expect(counts).toEqual([1, 1, 1, 1])
  })

  it('refuse to play everything when they have no number', () => {
    const options = ['--hostname', 'scenarios-x', ...podOptions(job, images.pocketgrid)]
    expect(() => docker('run', '--rm', ...options)).toThrow(
      /POD_COUNT is 3, but the pod has no number/,
    )
  })
})
