import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deploymentChallenge } from '../../../src/zos/deployment/challenge.ts'
import {
  decodeDeployment,
  findWorkload,
  workloadsOfType,
} from '../../../src/zos/deployment/deployment.ts'
import { deploymentRefusal, senderRefusal } from '../../../src/zos/deployment/validate.ts'
import { refused } from '../../../src/zos/outcome.ts'
import { workloadTypes } from '../../../src/zos/workloads/registry.ts'
import { sampleDeployment, zmount } from '../sample.ts'

const wrongField = (value: string, place: string, type: string) =>
  `json: cannot unmarshal ${value} into Go struct field ${place} of type ${type}`

describe('decoding a deployment', () => {
  it.each([
    ['', 'unexpected end of JSON input'],
    ['hello', "invalid character 'h' looking for beginning of value"],
    ['[]', 'json: cannot unmarshal array into Go value of type gridtypes.Deployment'],
    ['"x"', 'json: cannot unmarshal string into Go value of type gridtypes.Deployment'],
    ['{"contract_id":"1"}', wrongField('string', 'Deployment.contract_id', 'uint64')],
    ['{"version":-1}', wrongField('number -1', 'Deployment.version', 'uint32')],
    ['{"twin_id":4294967296}', wrongField('number 4294967296', 'Deployment.twin_id', 'uint32')],
    ['{"metadata":{}}', wrongField('object', 'Deployment.metadata', 'string')],
    ['{"workloads":{}}', wrongField('object', 'Deployment.workloads', '[]gridtypes.Workload')],
    ['{"workloads":[5]}', wrongField('number', 'Deployment.workloads', 'gridtypes.Workload')],
    [
      '{"workloads":[{"name":5}]}',
      wrongField('number', 'Workload.workloads.name', 'gridtypes.Name'),
    ],
    [
      '{"workloads":[{"result":{"state":5}}]}',
      wrongField('number', 'Result.workloads.result.state', 'gridtypes.ResultState'),
    ],
    [
      '{"signature_requirement":{"requests":[{"weight":-1}]}}',
      wrongField('number -1', 'SignatureRequest.signature_requirement.requests.weight', 'uint'),
    ],
    [
      '{"expiration":"soon"}',
      'unknown timestamp format, expecting a timestamp or an ISO-8601 date',
    ],
  ])('refuses %s', (payload, error) => {
    expect(decodeDeployment(payload)).toEqual(refused(error))
  })

  it('takes null for a deployment of nothing', () => {
    expect(decodeDeployment('null')).toMatchObject({ ok: true, value: { version: 0 } })
  })

  it('forgets results that a client sends, and keeps data as it was written', () => {
    const data = '{ "size" : 1, "__type":"zmount" }'
    const result = '{"created":5,"state":"ok","message":"m","data":{}}'
    const payload = `{"workloads":[{"name":"a","data":${data},"result":${result}}]}`
    const decoded = decodeDeployment(payload)
    expect(decoded.ok && decoded.value.workloads[0]).toMatchObject({
      data,
      result: { created: 0n, state: '', message: '', data: '' },
    })
  })
})

describe('looking workloads up', () => {
  const deployment = sampleDeployment([zmount('a', 1), zmount('b-c', 1), { name: 'd', type: 'ip' }])

  it('finds by name, with the words of the node when there is none', () => {
    expect(findWorkload(deployment, 'a')).toMatchObject({ ok: true, value: { name: 'a' } })
    expect(findWorkload(deployment, 'x')).toEqual(
      refused("no workload with name 'x': workload not found"),
    )
    expect(findWorkload(deployment, '')).toEqual(refused('name cannot be empty'))
    expect(findWorkload(deployment, 'b-c')).toEqual(
      refused('unsupported character in workload name'),
    )
  })

  it('finds by type, without badly named ones', () => {
    const names = workloadsOfType(deployment, 'zmount', 'ip').map(workload => workload.name)
    expect(names).toEqual(['a', 'd'])
  })
})

describe('the rules of deployments', () => {
  const oneOf = (workload: Parameters<typeof sampleDeployment>[0][number]) =>
    deploymentRefusal(sampleDeployment([workload]), workloadTypes)

  it.each([
    ['', 'name cannot be empty'],
    ['a'.repeat(37), 'name cannot exceed 36 characters'],
    ['é'.repeat(19), 'name cannot exceed 36 characters'],
    ['my-disk', 'unsupported character in workload name'],
    ['disk\n', 'unsupported character in workload name'],
    ['ygg', "invalid name 'ygg' is reserved"],
  ])('refuse the name %j', (name, why) => {
    expect(oneOf({ ...zmount(name, 1) })).toBe(`name '${name}' is invalid: ${why}`)
  })

  it('allow names of 36 characters and every letter, digit and underscore', () => {
    expect(oneOf(zmount(`Az0_${'x'.repeat(32)}`, 1))).toBeUndefined()
  })

  it('refuse a workload newer than its deployment, before anything else of it', () => {
    const deployment = sampleDeployment([{ name: '-', type: '?', version: 4 }], { version: 3 })
    expect(deploymentRefusal(deployment, workloadTypes)).toBe(
      "workload '-' version '4' cannot be higher than deployment version '3'",
    )
  })

  it('refuse a name that is used twice', () => {
    const deployment = sampleDeployment([zmount('a', 1), zmount('a', 2)])
    expect(deploymentRefusal(deployment, workloadTypes)).toBe(
      "multiple workloads with the same name 'a'",
    )
  })

  it.each([
    ['an unknown type', { name: 'a', type: 'vm', data: {} }, "invalid reservation type 'vm'"],
    ['no type', { name: 'a', type: '', data: {} }, "invalid reservation type ''"],
    [
      'missing data',
      { name: 'a', type: 'zmount' },
      "failed to load data into object of type '*zos.ZMount': unexpected end of JSON input",
    ],
    [
      'data that is null',
      { name: 'a', type: 'zmount', data: null },
      'handler panicked with: interface conversion: interface is nil, not gridtypes.WorkloadData',
    ],
    [
      'data of another shape',
      { name: 'a', type: 'gateway-fqdn-proxy', data: { backends: [1] } },
      `failed to load data into object of type '*zos.GatewayFQDNProxy': ${wrongField(
        'number',
        'GatewayFQDNProxy.GatewayBase.backends',
        'zos.Backend',
      )}`,
    ],
    [
      'a size below zero',
      { name: 'a', type: 'volume', data: { size: -5 } },
      `failed to load data into object of type '*zos.Volume': ${wrongField(
        'number -5',
        'Volume.size',
        'gridtypes.Unit',
      )}`,
    ],
  ])('refuse %s', (_what, workload, error) => {
    expect(oneOf(workload)).toBe(error)
  })

  it('stop at the first workload that breaks one', () => {
    const deployment = sampleDeployment([zmount('a', 0), zmount('b', 0), zmount('a', 1)])
    expect(deploymentRefusal(deployment, workloadTypes)).toBe('invalid size')
  })

  it('hold for a sender that is not the twin of the deployment', () => {
    const deployment = sampleDeployment([])
    expect(senderRefusal(deployment, 29)).toBeUndefined()
    expect(senderRefusal(deployment, 7)).toBe('twin id mismatch (deployment: 29, message: 7)')
  })
})

describe('any text', () => {
  const file = new URL('../../../fixtures/vectors/deployment-vectors.json', import.meta.url)
  const { deployments } = JSON.parse(readFileSync(file, 'utf8')) as {
    deployments: { deployment: object }[]
  }
  const samples = deployments.map(({ deployment }) => JSON.stringify(deployment))

  /** Every way through decode, rules and challenge ends in a value or a text. */
  const isHandled = (payload: string) => {
    const decoded = decodeDeployment(payload)
    if (!decoded.ok) return decoded.error.length > 0
    const refusal = deploymentRefusal(decoded.value, workloadTypes)
    const challenge = deploymentChallenge(decoded.value, workloadTypes)
    if (refusal === undefined) return challenge.ok
    return refusal.length > 0
  }

  it('is decoded, judged and hashed without a throw, whatever is cut out or put in', () => {
    const edit = fc.record({
      sample: fc.constantFrom(...samples),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      remove: fc.integer({ min: 0, max: 40 }),
      insert: fc.oneof(
        fc.constantFrom(
          'null',
          '{}',
          '[]',
          '-1',
          '1e400',
          '"',
          '\\',
          '\u0000',
          '\ud800',
          '{"',
          ':',
        ),
        fc.string({ maxLength: 5 }),
      ),
    })
    fc.assert(
      fc.property(edit, ({ sample, at, remove, insert }) => {
        const start = Math.floor(at * sample.length)
        const payload = sample.slice(0, start) + insert + sample.slice(start + remove)
        expect(isHandled(payload), payload).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('is decoded, judged and hashed without a throw, whatever JSON stands for a member', () => {
    const members = fc.record({
      sample: fc.constantFrom(...samples),
      value: fc.jsonValue({ maxDepth: 2 }),
      nth: fc.nat(200),
    })
    fc.assert(
      fc.property(members, ({ sample, value, nth }) => {
        let seen = 0
        const payload = JSON.stringify(JSON.parse(sample), (_name, member: unknown) => {
          return seen++ === nth ? value : member
        })
        expect(isHandled(payload ?? ''), payload).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})
