// Containers of a grid's own: started, watched, and always removed again, whatever happened to them.

import { hostname } from 'node:os'
import { asError, GridError, gridError } from '../kernel/errors.ts'
import { endOf, type Served, whenItAnswers } from './wait.ts'

/** What is used of the library, which is installed by whoever wants containers. */
type Library = typeof import('testcontainers')
type Client = Awaited<ReturnType<Library['getContainerRuntimeClient']>>
type EngineContainer = ReturnType<Client['container']['getById']>

/** A container that is wanted. */
export interface Wanted {
  /** What it is to the grid: `chain`, `relay`. */
  readonly part: string
  readonly image: string
  /** The image's own when left out. */
  readonly entrypoint?: readonly string[]
  readonly command: readonly string[]
  /** The port on which it serves. */
  readonly port: number
  /** The port of this machine that leads there; any free one when left out. */
  readonly hostPort?: number
  /** Whether it answers at an address. Called again and again until it does. */
  readonly isUp: (at: Served) => Promise<boolean>
  /** How long it may take to answer, in ms. */
  readonly patienceMs: number
  /** Hears that it has ended by itself after it had answered. */
  readonly onEnd: (error: Error) => void
}

/** A container that answers. */
export interface Started extends Served {
  /** Stops and removes it. */
  close(): Promise<void>
}

/** Under this label a container carries the process to which it belongs. */
const ownerLabel = 'io.pocketgrid.owner'

/** Who this process is to the container engine. */
const owner = `${hostname()} ${process.pid}`

/** How often containers are looked for, and how often in a row none must be there to be taken for removed. */
const lookEveryMs = 100
const removalTries = 100
const quietTries = 5

/** How long a container may take to end by itself, in seconds. */
const stopSeconds = 5

/**
 * Starts a container and resolves when it answers. GRID_CONTAINER_FAILED when there is no engine or no such image,
 * or it does not answer in time, with the last of what it said; GRID_PORT_IN_USE. Then nothing of it is left.
 */
export async function startContainer(wanted: Wanted): Promise<Started> {
  const library = await loadLibrary()
  const client = await findEngine(library)
  await removeContainers(client, label => isOrphan(label))
  const id = { value: '' }
  try {
    const at: { host: string } = { host: client.info.containerRuntime.host }
    await describe(library, wanted, { id, at }).start()
    return await watch(client, wanted, { id: id.value, host: at.host })
  } catch (cause) {
    if (id.value === '') throw await withoutContainer(client, wanted, cause)
    const container = client.container.getById(id.value)
    const error = await failureOf(wanted, container, cause)
    await remove(container)
    throw error
  }
}

/** Removes every container of this process, also one that is only being started: until none comes any more. */
export async function removeOwnContainers(): Promise<void> {
  const client = await findEngine(await loadLibrary())
  for (let tries = 0, quiet = 0; tries < removalTries && quiet < quietTries; tries += 1) {
    const count = await removeContainers(client, label => label === owner)
    quiet = count === 0 ? quiet + 1 : 0
    await new Promise<void>(resolve => setTimeout(resolve, lookEveryMs))
  }
}

async function loadLibrary(): Promise<Library> {
  try {
    return await import('testcontainers')
  } catch (cause) {
    throw gridError('GRID_CONTAINER_FAILED', {
      detail: 'the package testcontainers is not installed',
      hint: 'npm install testcontainers@12.0.1',
      cause,
    })
  }
}

async function findEngine({ getContainerRuntimeClient }: Library): Promise<Client> {
  try {
    return await getContainerRuntimeClient()
  } catch (cause) {
    throw gridError('GRID_CONTAINER_FAILED', {
      detail: 'no container engine answers',
      hint: 'Start Docker or Podman, or say with DOCKER_HOST where it is.',
      cause,
    })
  }
}

/** What is learned of a container while it starts: its id as soon as there is one, and then by which host it answers. */
interface Learned {
  readonly id: { value: string }
  readonly at: { host: string }
}

/** The container as the library is told of it. */
function describe({ GenericContainer }: Library, wanted: Wanted, { id, at }: Learned) {
  class Own extends GenericContainer {
    protected override async containerCreated(containerId: string): Promise<void> {
      id.value = containerId
    }
  }
  const { port, hostPort, entrypoint } = wanted
  const container = new Own(wanted.image)
    .withCommand([...wanted.command])
    .withLabels({ [ownerLabel]: owner })
    .withExposedPorts(hostPort === undefined ? port : { container: port, host: hostPort })
    .withExtraHosts([{ host: 'host.docker.internal', ipAddress: 'host-gateway' }])
    // The reaper of the library is an image that cannot be had everywhere; who starts one here removes it.
    .withAutoCleanup(false)
    .withWaitStrategy(whenItAnswers(wanted, at))
  return entrypoint ? container.withEntrypoint([...entrypoint]) : container
}

/** A container that answers, watched until it is closed. */
async function watch(
  client: Client,
  wanted: Wanted,
  { id, host }: { id: string; host: string },
): Promise<Started> {
  const container = client.container.getById(id)
  const { NetworkSettings } = await container.inspect()
  const bindings = NetworkSettings.Ports[`${wanted.port}/tcp`] ?? []
  const [network] = Object.values(NetworkSettings.Networks)
  let isClosed = false
  const ended = async (): Promise<void> => {
    const { StatusCode } = (await container.wait()) as { StatusCode: number }
    if (isClosed) return
    const error = await endOf(wanted, container, `has ended with status ${StatusCode}`)
    await remove(container)
    wanted.onEnd(error)
  }
  ended().catch(cause => {
    if (!isClosed) wanted.onEnd(asError(cause))
  })
  return {
    host,
    port: Number(bindings[0]?.HostPort),
    ip: network?.IPAddress ?? '',
    async close() {
      isClosed = true
      await container.stop({ t: stopSeconds }).catch(() => undefined)
      await remove(container)
    },
  }
}

async function remove(container: EngineContainer): Promise<void> {
  // One that is gone already is what was wanted.
  await container.remove({ force: true, v: true }).catch(() => undefined)
}

/** Removes what is meant; how many there were. */
async function removeContainers(
  client: Client,
  isMeant: (label: string) => boolean,
): Promise<number> {
  const { dockerode } = client.container
  const all = await dockerode.listContainers({ all: true, filters: { label: [ownerLabel] } })
  const meant = all.filter(({ Labels }) => isMeant(Labels[ownerLabel] ?? ''))
  await Promise.all(meant.map(({ Id }) => remove(client.container.getById(Id))))
  return meant.length
}

/** Whether a container belongs to a process of this machine that is gone. */
function isOrphan(label: string): boolean {
  const [host, pid] = label.split(' ')
  if (host !== hostname()) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** Why there is no container: for lack of its image, most of the time. */
async function withoutContainer(
  client: Client,
  { part, image }: Wanted,
  cause: unknown,
): Promise<GridError> {
  const detail = `the ${part} (${image}): ${asError(cause).message}`
  const hasImage = await client.container.dockerode
    .getImage(image)
    .inspect()
    .then(
      () => true,
      () => false,
    )
  if (hasImage) return gridError('GRID_CONTAINER_FAILED', { detail, cause })
  const hint = `docker pull ${image}, or name another image: docker:IMAGE`
  return gridError('GRID_CONTAINER_FAILED', { detail, hint, cause })
}

/** Why a container did not start. */
async function failureOf(
  wanted: Wanted,
  container: EngineContainer,
  cause: unknown,
): Promise<GridError> {
  if (cause instanceof GridError) return cause
  const { part, image, hostPort } = wanted
  const { message } = asError(cause)
  if (/address already in use|port is already allocated/i.test(message)) {
    return gridError('GRID_PORT_IN_USE', { detail: `port ${hostPort} for the ${part}`, cause })
  }
  const state = await container.inspect().then(
    ({ State }) => State,
    () => null,
  )
  // The library only sees that its ports are not there.
  if (state?.Status === 'exited') {
    return endOf(wanted, container, `has ended with status ${state.ExitCode}`)
  }
  return gridError('GRID_CONTAINER_FAILED', { detail: `the ${part} (${image}): ${message}`, cause })
}
