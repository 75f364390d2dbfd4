// What interop tests share: a grid in a process of its own, and deployments made without our own code.

import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** What `up --json` prints. */
export interface UpInfo {
  version: string
  network: string
  specVersion: number
  seed: string
  endpoints: {
    substrate: string
    relay: string
    control: string
    proxy: string
    graphql: string
    activation: string
    kyc: string
    front: { url: string; proxy: string; ca: string; domain: string }
  }
  accounts: {
    name: string
    mnemonic: string
    address: string
    twinId: number
    keyType: string
    free: string
  }[]
  farms: { id: number; name: string; twinId: number }[]
  nodes: {
    id: number
    twinId: number
    farmId: number
    profile: string
    cru: number
    mru: string
    sru: string
    hru: string
  }[]
}

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** Why interop tests cannot run here; null when they can. `npm test` builds first. */
export const missingBuild = existsSync(main) ? null : 'dist is not built: run npm run build'

/** A grid in a process of its own. */
export interface Up {
  readonly info: UpInfo
  readonly child: ChildProcess
  /** Everything on stderr so far. */
  stderr(): string
  /** Ends it by SIGTERM; resolves with the exit status. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** Starts `pocketgrid up --json` on free ports. */
export function startUp(...args: string[]): Promise<Up> {
  return startDescribed('up', '--chain-port', '0', '--port', '0', '--front-port', '0', ...args)
}

/** Starts a command that prints what `/api/info` answers when it is ready. */
export async function startDescribed(command: string, ...args: string[]): Promise<Up> {
  const child = spawn(process.execPath, [main, command, '--json', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', data => {
    errors += String(data)
  })
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('exit', code => reject(new Error(`${command} ended with ${code}: ${errors}`)))
  })
  return {
    info: JSON.parse(line),
    child,
    stderr: () => errors,
    stop: (signal = 'SIGTERM') =>
      new Promise(resolve => {
        if (child.exitCode !== null) resolve(child.exitCode)
        child.once('exit', code => resolve(code))
        child.kill(signal)
      }),
  }
}

interface Workload {
  version: number
  name: string
  type: string
  data: Record<string, unknown>
  metadata: string
  description: string
}

/** A deployment as clients send it. */
export interface PlainDeployment {
  version: number
  twin_id: number
  contract_id: number
  expiration: number
  metadata: string
  description: string
  workloads: Workload[]
  signature_requirement: {
    requests: { twin_id: number; required: boolean; weight: number }[]
    weight_required: number
    signatures: { twin_id: number; signature: string; signature_type: string }[]
  }
}

/** A network, a disk and a machine. */
export function plainDeployment(
  twin: number,
  options: { port: number; disk?: number },
): PlainDeployment {
  const workload = (name: string, type: string, data: Record<string, unknown>): Workload => ({
    version: 0,
    name,
    type,
    data,
    metadata: '',
    description: '',
  })
  return {
    version: 0,
    twin_id: twin,
    contract_id: 0,
    expiration: 0,
    metadata: '{"version":3,"type":"vm","name":"interop","projectName":"vm/interop"}',
    description: 'from an interop test',
    workloads: [
      workload('net', 'network', {
        subnet: '10.77.2.0/24',
        ip_range: '10.77.0.0/16',
        wireguard_private_key: Buffer.alloc(32, 7).toString('base64'),
        wireguard_listen_port: options.port,
        peers: [],
      }),
      workload('disk', 'zmount', { size: options.disk ?? 5 * 2 ** 30 }),
      workload('vm', 'zmachine', {
        flist: 'https://hub.grid.tf/tf-official-apps/base:latest.flist',
        network: {
          public_ip: '',
          planetary: false,
          interfaces: [{ network: 'net', ip: '10.77.2.5' }],
        },
        size: 0,
        compute_capacity: { cpu: 2, memory: 2 ** 31 },
        mounts: [{ name: 'disk', mountpoint: '/data' }],
        entrypoint: '/sbin/zinit init',
        env: { SSH_KEY: 'ssh-ed25519 AAAA', B: 'é', A: '1' },
        corex: false,
      }),
    ],
    signature_requirement: {
      requests: [{ twin_id: twin, required: false, weight: 1 }],
      weight_required: 1,
      signatures: [],
    },
  }
}

/** The challenge as the grid's documents describe it, written here a second time on purpose. */
export function challengeOf(deployment: PlainDeployment): string {
  const parts: unknown[] = [
    deployment.version,
    deployment.twin_id,
    deployment.metadata,
    deployment.description,
    deployment.expiration,
  ]
  for (const { version, name, type, metadata, description, data } of deployment.workloads) {
    parts.push(version, name, type, metadata, description)
    const d = data as never as {
      ip_range: string
      subnet: string
      wireguard_private_key: string
      wireguard_listen_port: number
      size: number
      flist: string
      network: {
        public_ip: string
        planetary: boolean
        interfaces: { network: string; ip: string }[]
      }
      compute_capacity: { cpu: number; memory: number }
      mounts: { name: string; mountpoint: string }[]
      entrypoint: string
      env: Record<string, string>
    }
    if (type === 'network') {
      parts.push(d.ip_range, d.subnet, d.wireguard_private_key, d.wireguard_listen_port)
    } else if (type === 'zmount') {
      parts.push(d.size)
    } else {
      parts.push(d.flist, d.network.public_ip, d.network.planetary)
      for (const { network, ip } of d.network.interfaces) parts.push(network, ip)
      parts.push(d.size, d.compute_capacity.cpu, d.compute_capacity.memory)
      for (const mount of d.mounts) parts.push(mount.name, mount.mountpoint)
      parts.push(d.entrypoint)
      for (const key of Object.keys(d.env).sort()) parts.push(`${key}=${d.env[key]}`)
    }
  }
  for (const { twin_id, required, weight } of deployment.signature_requirement.requests) {
    parts.push(twin_id, required, weight)
  }
  parts.push(deployment.signature_requirement.weight_required)
  return createHash('md5').update(parts.join('')).digest('hex')
}
