// Requests that are spoilt at random: whatever a client sends, the proxy answers as upstream does, and lives on.

import { Draw } from '../support/random-grid.ts'
import { ask, fixtureFacts, fixtureProxy } from './support.ts'

/** Requests that are in order. */
const seeds = [
  '/nodes?status=up&free_mru=1024&features=zmachine,zdb&sort_by=free_cru&sort_order=desc',
  '/nodes?node_ids=1,2&excluded=3&price_min=1.5&price_max=200&balance=10&ret_count=true',
  '/nodes?country=Belgium&city_contains=g%25&region=Europe&available_for=3&page=2&size=3',
  '/nodes?has_gpu=true&gpu_vendor_name=nvidia&gpu_available=false&num_gpu=1&healthy=true',
  '/gateways?ipv4=true&domain=true&farm_ids=1&randomize=true',
  '/farms?node_status=up&node_free_mru=1&name_contains=free_&free_ips=1&sort_by=used_ips',
  '/contracts?state=Created,GracePeriod&twin_id=3&type=node&farm_name=free%25',
  '/contracts/1/bills?size=1&page=2',
  '/twins?account_id=5Acc1&relay=relay.emu.local&sort_by=public_key',
  '/twins/3/consumption',
  '/public_ips?free=true&farm_ids=1,2&ip=5.5.5.2/24',
  '/stats?status=up,standby',
  '/nodes/1',
  '/nodes/1/status',
  '/nodes/3/statistics',
  '/nodes/3/gpu',
  '/gateways/1',
  '/contracts/4',
  '/health',
  '/swagger/doc.json',
  '/',
] as const

const pieces = [
  "' OR '1'='1",
  '; DROP TABLE node; --',
  '%00',
  '%',
  '%zz',
  '%ff%fe',
  '%F0%9F%98%80',
  '../',
  '//',
  '&',
  '&&=',
  '=',
  '?',
  '#',
  ',',
  ',,,',
  '18446744073709551615',
  '18446744073709551616',
  '-1',
  '1e308',
  'NaN',
  'Infinity',
  '0x10',
  '99999999999999999999999999',
  'true',
  'on',
  '__proto__',
  'constructor',
  'toString',
  '[]',
  '[0]=',
  '.0.',
  '%5C',
  '\\',
  '_%25_%25_%25',
  '<script>',
  ';',
  '+',
  '{}',
  'é',
  '\u{1f600}',
] as const

function spoilt(url: string, draw: Draw): string {
  let text = url
  for (let times = draw.int(1, 4); times > 0; times -= 1) {
    const at = draw.int(0, text.length)
    const end = Math.min(text.length, at + draw.int(0, 8))
    switch (draw.int(0, 6)) {
      case 0:
        text = text.slice(0, at) + draw.pick(pieces) + text.slice(at)
        break
      case 1:
        text = text.slice(0, at) + text.slice(end)
        break
      case 2:
        text = text.slice(0, at) + draw.pick(pieces) + text.slice(end)
        break
      case 3:
        text = `${text}&${draw.pick(seeds).split('?')[1] ?? draw.pick(pieces)}`
        break
      case 4:
        text = text.slice(0, at) + String.fromCharCode(draw.int(1, 0x2ff)) + text.slice(at)
        break
      case 5:
        text = text.replace(/=[^&]*/, `=${draw.pick(pieces)}`)
        break
      default:
        text = text.slice(0, at) + text.slice(at, end).repeat(draw.int(2, 30)) + text.slice(end)
    }
  }
  // On the wire there are bytes, and Node gives every byte as a character.
  return Buffer.from(text.startsWith('/') ? text : `/${text}`).toString('latin1')
}

/** The errors of the server's own that upstream has too. */
const expectedFailures = [
  /^(?:node|contract) not found$/,
  /^cannot fetch (?:statistics|GPU information) from node \d+ with status: (?:down|standby)$/,
  /^failed to get get node (?:statistics|GPU information) from relay: /,
  /^invalid contract id: \d+: strconv\.Atoi: parsing "\d+": value out of range$/,
  /^ERROR: column /,
]

function isRight(status: number, type: unknown, text: string): boolean {
  if (type !== 'application/json') return [200, 301, 400, 404].includes(status)
  const body = JSON.parse(text) as { readonly error?: unknown } | null
  if (status === 200) return true
  const message = body?.error
  if (typeof message !== 'string') return false
  if (status === 500) return expectedFailures.some(form => form.test(message))
  return [400, 404, 502].includes(status)
}

/** Sends spoilt requests; gives the first that is answered wrongly, in words. */
export async function spoilRequests(options: {
  seed: number
  count: number
}): Promise<string | null> {
  const draw = new Draw(options.seed)
  const proxy = fixtureProxy({ mountPath: '/gridproxy', facts: fixtureFacts() })
  const before = (await ask(proxy, '/nodes')).text
  for (let at = 0; at < options.count; at += 1) {
    const url = (draw.chance(0.1) ? '/gridproxy' : '') + spoilt(draw.pick(seeds), draw)
    const reply = await ask(proxy, url, draw.pick(['GET', 'GET', 'GET', 'POST', 'OPTIONS']))
    const type = reply.headers['content-type']
    if (!isRight(reply.status, type, reply.text)) {
      return `${JSON.stringify(url)}: ${reply.status} ${reply.text.slice(0, 300)}`
    }
  }
  return (await ask(proxy, '/nodes')).text === before ? null : 'the fixture has changed'
}
