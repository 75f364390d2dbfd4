// The text over which a deployment is hashed and signed, built from the decoded object as the node does.

import { md5 } from '../../crypto/hash.ts'
import { accepted, type Outcome } from '../outcome.ts'
import {
  type ChallengeWriter,
  loadWorkload,
  type WorkloadTypes,
} from '../workloads/workload-type.ts'
import type { Deployment } from './deployment.ts'

/** Collects the values of a challenge, one after the other with nothing between them. */
function challengeWriter(): ChallengeWriter & { result(): string } {
  const parts: string[] = []
  return {
    text: value => void parts.push(value),
    number: value => void parts.push(String(value)),
    flag: value => void parts.push(String(value)),
    address: value => void parts.push(value === '' ? '<nil>' : value),
    result: () => parts.join(''),
  }
}

/** The challenge text; it fails when the data of a workload cannot be decoded. */
export function deploymentChallenge(deployment: Deployment, types: WorkloadTypes): Outcome<string> {
  const put = challengeWriter()
  put.number(deployment.version)
  put.number(deployment.twin_id)
  put.text(deployment.metadata)
  put.text(deployment.description)
  put.number(deployment.expiration)
  for (const workload of deployment.workloads) {
    const loaded = loadWorkload(workload, types)
    if (!loaded.ok) return loaded
    put.number(workload.version)
    put.text(workload.name)
    put.text(workload.type)
    put.text(workload.metadata)
    put.text(workload.description)
    loaded.value.type.challenge(put, loaded.value.data)
  }
  const requirement = deployment.signature_requirement
  for (const request of requirement.requests) {
    put.number(request.twin_id)
    put.flag(request.required)
    put.number(request.weight)
  }
  put.number(requirement.weight_required)
  put.text(requirement.signature_style)
  return accepted(put.result())
}

/** Hashes that were found: a node asks twice, when it is sent a deployment and when the job begins. */
const knownHashes = new WeakMap<
  Deployment,
  { readonly types: WorkloadTypes; readonly hash: Outcome<Uint8Array> }
>()

/** The 16 bytes of the challenge's MD5; their hex text is the contract's deployment hash. */
export function deploymentHash(deployment: Deployment, types: WorkloadTypes): Outcome<Uint8Array> {
  const known = knownHashes.get(deployment)
  if (known?.types === types) return known.hash
  const challenge = deploymentChallenge(deployment, types)
  const hash = challenge.ok ? accepted(md5(challenge.value)) : challenge
  knownHashes.set(deployment, { types, hash })
  return hash
}

/** The hash as the contract carries it: 32 characters of lower-case hex. */
export function deploymentHashText(deployment: Deployment, types: WorkloadTypes): Outcome<string> {
  const hash = deploymentHash(deployment, types)
  return hash.ok ? accepted(Buffer.from(hash.value).toString('hex')) : hash
}
