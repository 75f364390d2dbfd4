// Reads the manifests of docker/kubernetes, as far as an engine without a cluster can play them.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'

interface Container {
  readonly name: string
  readonly image: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly env?: readonly { readonly name: string; readonly value?: string }[]
  readonly ports?: readonly { readonly containerPort: number }[]
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
}

/** A manifest, as far as the tests look at it. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly replicas?: number
    readonly completions?: number
    readonly parallelism?: number
    readonly serviceName?: string
    readonly selector?: unknown
    readonly ports?: readonly { readonly port: number }[]
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[]
    readonly template?: {
      readonly metadata?: { readonly labels: Readonly<Record<string, string>> }
      readonly spec: {
        readonly securityContext?: { readonly runAsUser: number }
        readonly containers: readonly Container[]
        readonly volumes?: readonly { readonly name: string }[]
      }
    }
  }
}

/** The manifests of a file. */
export function manifestsOf(name: string): Manifest[] {
  const path = fileURLToPath(new URL(`../../docker/kubernetes/${name}`, import.meta.url))
  return parseAllDocuments(readFileSync(path, 'utf8')).map(document => {
    if (document.errors.length > 0) throw document.errors[0]
    return document.toJS() as Manifest
  })
}

/** The containers of a manifest's pods. */
export const containersOf = ({ spec }: Manifest): readonly Container[] =>
  spec.template?.spec.containers ?? []

/** What the engine is told to run the container of a pod: its user, variables and arguments. */
export function podOptions(manifest: Manifest, image: string): string[] {
  const [container] = containersOf(manifest)
  const { runAsUser } = manifest.spec.template!.spec.securityContext!
  const env = container!.env ?? []
  return [
    ...['--user', `${runAsUser}:${runAsUser}`],
    ...env.flatMap(({ name, value }) => ['--env', `${name}=${value}`]),
    ...[image, ...(container!.args ?? [])],
  ]
}
