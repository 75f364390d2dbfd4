// What the proxy's tests share: what the fixture's nodes told, and requests without a socket.

import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { createGridProxy, type GridProxy } from '../../../src/services/gridproxy/gridproxy.ts'
import type { CallResult, IndexedNode, NodeFacts } from '../../../src/services/gridproxy/ports.ts'
import type { RowReader } from '../../../src/services/indexer/store.ts'
import { fixtureGrid, fixtureNow } from '../support/fixture-grid.ts'

const zos3 = [
  'zmount',
  'zdb',
  'volume',
  'ipv4',
  'ip',
  'gateway-name-proxy',
  'gateway-fqdn-proxy',
  'qsfs',
  'zlogs',
  'network',
  'zmachine',
  'wireguard',
  'yggdrasil',
  'mycelium',
]

const zos4 = [
  'zmount',
  'zdb',
  'volume',
  'gateway-name-proxy',
  'gateway-fqdn-proxy',
  'qsfs',
  'zlogs',
  'zmachine-light',
  'network-light',
  'mycelium',
]

const untold: IndexedNode = {
  cards: [],
  isHealthy: null,
  hasIpv6: false,
  workloads: 0,
  features: [],
  speed: { upload: 0, download: 0 },
  dmi: null,
}

const known: ReadonlyMap<number, Partial<IndexedNode>> = new Map<number, Partial<IndexedNode>>([
  [
    11,
    {
      isHealthy: true,
      hasIpv6: true,
      workloads: 7,
      features: zos3,
      speed: { upload: 100.5, download: 200.25 },
      dmi: {
        bios: { vendor: 'SeaBIOS', version: '1.16' },
        baseboard: { manufacturer: 'ACME', product_name: 'X' },
        processor: [{ version: 'CPU', thread_count: '8' }],
        memory: [{ manufacturer: 'Kingston', type: 'DDR4' }],
      },
    },
  ],
  [12, { isHealthy: false, features: zos3 }],
  [
    13,
    {
      isHealthy: true,
      workloads: 3,
      features: zos3,
      cards: [
        {
          id: '0000:0e:00.0/1002/744c',
          vendor: 'Advanced Micro Devices, Inc. [AMD/ATI]',
          device: 'Navi 31 [Radeon RX 7900 XT/7900 XTX]',
          contract: 5,
        },
        {
          id: '0000:0f:00.0/10de/2204',
          vendor: 'NVIDIA Corporation',
          device: 'GA102 [GeForce RTX 3090]',
          contract: 0,
        },
      ],
    },
  ],
  [14, { isHealthy: true, features: zos4 }],
  [15, { hasIpv6: false }],
])

/** What the proxy's indexers have found of the fixture's nodes. */
export function fixtureFacts(
  call: (twinId: number, command: string) => CallResult = () => ({
    ok: false,
    cause: 'context deadline exceeded',
  }),
): NodeFacts {
  return {
    of: twinId => (known.has(twinId) ? { ...untold, ...known.get(twinId) } : null),
    indexedAt: () => fixtureNow,
    call,
  }
}

/** A proxy over the fixture, or over other rows. */
export function fixtureProxy(
  options: { reader?: RowReader; facts?: NodeFacts; mountPath?: string; now?: () => number } = {},
): GridProxy {
  const { reader = fixtureGrid().reader, facts = fixtureFacts(), ...rest } = options
  return createGridProxy({
    rows: reader,
    facts,
    now: () => fixtureNow * 1000,
    version: 'v0.15.18',
    ...rest,
  })
}

/** An answer as a client has it. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  /** What the text is as JSON. */
  json(): unknown
}

/** Sends a request to a proxy without a socket. */
export function ask(proxy: GridProxy, url: string, method = 'GET'): Promise<Reply> {
  const request = new IncomingMessage(new Socket())
  request.url = url
  request.method = method
  request.push(null)
  const response = new ServerResponse(request)
  return new Promise(resolve => {
    const end = response.end.bind(response)
    response.end = ((body?: string | Buffer) => {
      const text = body === undefined ? '' : String(body)
      resolve({
        status: response.statusCode,
        headers: { ...response.getHeaders(), ...sent },
        text,
        json: () => JSON.parse(text),
      })
      return end(body)
    }) as typeof response.end
    let sent: Record<string, unknown> = {}
    const writeHead = response.writeHead.bind(response)
    response.writeHead = ((status: number, headers: Record<string, unknown> = {}) => {
      sent = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
      )
      return writeHead(status, headers as never)
    }) as typeof response.writeHead
    proxy.handleRequest(request, response)
  })
}

/** The ids in a list of nodes, farms or contracts. */
export async function idsOf(proxy: GridProxy, url: string): Promise<number[]> {
  const reply = await ask(proxy, url)
  const items = reply.json() as Record<string, number>[]
  if (!Array.isArray(items)) throw new TypeError(reply.text)
  return items.map(item => (item.nodeId ?? item.farmId ?? item.contract_id ?? item.twinId)!)
}
