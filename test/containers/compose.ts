// Plays a compose file by what it says, with the engine's own commands: `docker compose` is not on every machine.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { docker } from './support.ts'

/** What the files use; anything else is refused, so that nothing of them is left out in silence. */
const service = z.strictObject({
  image: z.string(),
  entrypoint: z.array(z.string()).default([]),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  networks: z
    .strictObject({ default: z.strictObject({ aliases: z.array(z.string()) }) })
    .optional(),
  depends_on: z
    .union([
      z.array(z.string()).transform(names => new Map(names.map(name => [name, 'service_started']))),
      z
        .record(z.string(), z.strictObject({ condition: z.literal('service_healthy') }))
        .transform(all => new Map(Object.entries(all).map(([name, one]) => [name, one.condition]))),
    ])
    .default(new Map()),
  healthcheck: z.strictObject({ start_period: z.string() }).optional(),
  restart: z.literal('on-failure').optional(),
  profiles: z.array(z.string()).default([]),
})

const composeFile = z.object({
  name: z.string(),
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()).default({}),
})

type Service = z.output<typeof service>

/** A compose file that is played. */
export class Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly #volumes: readonly string[]
  readonly #project: string
  readonly #started: string[] = []

  /** Reads a file of docker/; `env` stands for the variables that it names. */
  constructor(name: string, env: Readonly<Record<string, string>>) {
    const path = fileURLToPath(new URL(`../../docker/${name}`, import.meta.url))
    const plain = interpolate(parse(readFileSync(path, 'utf8'), { merge: true }), env)
    const { name: project, services, volumes } = composeFile.parse(plain)
    this.services = services
    this.#volumes = Object.keys(volumes)
    this.#project = `${project}-test-${process.pid}`
  }

  /** The network of the services, in which each has its own name. */
  get network(): string {
    return `${this.#project}_default`
  }

  /** The name of a service's container. */
  containerOf(name: string): string {
    return `${this.#project}-${name}-1`
  }

  /** Starts all services without a profile, each after those it depends on. */
  async up(): Promise<void> {
    docker('network', 'create', this.network)
    for (const volume of this.#volumes) docker('volume', 'create', this.#volumeOf(volume))
    for (const [name, { profiles }] of Object.entries(this.services)) {
      if (profiles.length === 0) await this.#start(name)
    }
  }

  /** Runs a command in a new container of a service; what it wrote. */
  run(name: string, entrypoint: string, ...command: string[]): string {
    const { image, ...rest } = this.services[name]!
    const options = this.#optionsOf(name, { ...rest, image, entrypoint: [], ports: [] })
    return docker('run', '--rm', ...options, '--entrypoint', entrypoint, image, ...command)
  }

  /** Resolves when the service says that it is healthy. */
  async healthy(name: string, timeout = 60_000): Promise<void> {
    await untilHealthy(this.containerOf(name), timeout)
  }

  /** The port of this machine that leads to one of a service. */
  portOf(name: string, port: number): number {
    const [first] = docker('port', this.containerOf(name), `${port}/tcp`).split('\n')
    return Number(first!.split(':').at(-1))
  }

  /** Removes the container of a service, while it runs. */
  remove(name: string): void {
    this.#started.splice(this.#started.indexOf(name), 1)
    docker('rm', '--force', '--volumes', this.containerOf(name))
  }

  /** Removes everything. */
  down(): void {
    for (const name of this.#started.toReversed()) this.remove(name)
    docker('network', 'rm', this.network)
    for (const volume of this.#volumes) docker('volume', 'rm', this.#volumeOf(volume))
  }

  async #start(name: string): Promise<void> {
    if (this.#started.includes(name)) return
    const one = this.services[name]!
    for (const [other, condition] of one.depends_on) {
      await this.#start(other)
      if (condition === 'service_healthy') await this.healthy(other)
    }
    const [entrypoint, ...first] = one.entrypoint
    this.#started.push(name)
    docker(
      ...['run', '--detach', '--name', this.containerOf(name)],
      ...this.#optionsOf(name, one),
      ...(entrypoint === undefined ? [] : ['--entrypoint', entrypoint]),
      ...[one.image, ...first, ...one.command],
    )
  }

  #optionsOf(name: string, one: Service): string[] {
    const flag = (option: string, values: readonly string[]) =>
      values.flatMap(value => [option, value])
    return [
      ...['--network', this.network, '--network-alias', name],
      ...flag('--network-alias', one.networks?.default.aliases ?? []),
      ...flag(
        '--env',
        Object.entries(one.environment).map(([key, value]) => `${key}=${value}`),
      ),
      ...flag('--publish', one.ports),
      ...flag(
        '--volume',
        one.volumes.map(volume => this.#volumeOf(volume)),
      ),
      ...flag('--health-start-period', one.healthcheck ? [one.healthcheck.start_period] : []),
      ...flag('--restart', one.restart ? [one.restart] : []),
    ]
  }

  #volumeOf(volume: string): string {
    return `${this.#project}_${volume}`
  }
}

/** Resolves when a container says that it is healthy. */
export async function untilHealthy(container: string, timeout = 60_000): Promise<void> {
  const health = () => docker('inspect', '-f', '{{.State.Health.Status}}', container)
  await vi.waitUntil(() => health() === 'healthy', { timeout, interval: 200 })
}

/** Puts variables into all texts: `${NAME:-default}`. */
function interpolate(value: unknown, env: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') {
    return value.replace(
      /\$\{([A-Z_]+):-([^}]*)\}/g,
      (_, name: string, or: string) => env[name] ?? or,
    )
  }
  if (Array.isArray(value)) return value.map(each => interpolate(each, env))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, interpolate(each, env)]),
  )
}
